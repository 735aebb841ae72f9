#include "ootd/sqlite/connections.h"

#include "ootd/base/error.h"
#include "ootd/sqlite/schema.h"

namespace ootd {
namespace {

// Longer than any batch should take; a program that waits for another one gives up then.
constexpr int kBusyTimeoutMs = 10'000;
// Emptying the WAL waits for those who still read from it, and other writers wait with it: once, then each write looks
// whether they have ended.
constexpr int kScrubTimeoutMs = 200;
// More are closed after use: this many requests read at once on any machine of ours.
constexpr std::size_t kIdleReaders = 16;

}  // namespace

Connections::Connections(const std::filesystem::path& file) : writer_(file, kBusyTimeoutMs) { open_catalog(writer_); }

Connections::~Connections() { scrub_if_due(); }

Connections::Reading::Reading(Connections& connections)
    : connections_(connections),
      borrowed_([&]() -> std::unique_ptr<Database> {
        if (connections.is_writing()) return nullptr;
        {
          const std::lock_guard lock(connections.lending_);
          if (!connections.idle_.empty()) {
            auto reader = std::move(connections.idle_.back());
            connections.idle_.pop_back();
            return reader;
          }
        }
        auto reader = std::make_unique<Database>(connections.writer_.path(), kBusyTimeoutMs);
        prepare_reader(*reader);
        return reader;
      }()),
      database_(borrowed_ ? borrowed_.get() : &connections.writer_) {
  transaction_.emplace(*database_, Transaction::Mode::kRead);
}

Connections::Reading::~Reading() {
  transaction_.reset();
  if (!borrowed_) return;
  const std::lock_guard lock(connections_.lending_);
  if (connections_.idle_.size() < kIdleReaders) connections_.idle_.push_back(std::move(borrowed_));
}

Connections::Writing::Writing(Connections& connections) : connections_(connections) {
  if (!connections.is_writing()) {
    lock_ = std::unique_lock(connections.writing_);
  } else if (!connections.writer_.in_transaction()) {
    // Its later writes must not become transactions of their own.
    throw Error(Kind::kUnavailable,
                connections.writer_.path() + ": this batch was taken back after an error of the disk");
  }
  transaction_.emplace(connections.writer_, Transaction::Mode::kWrite);
  if (lock_) connections.writing_thread_ = std::this_thread::get_id();
}

Connections::Writing::~Writing() {
  transaction_.reset();
  if (lock_) connections_.writing_thread_ = std::thread::id();
}

void Connections::Writing::commit() {
  transaction_->commit();
  if (lock_) connections_.scrub_if_due();
}

void Connections::begin_batch() {
  if (is_writing()) throw Error(Kind::kInternal, "a Catalog::Batch within another on the same thread");
  std::unique_lock lock(writing_);
  writer_.run("BEGIN IMMEDIATE");
  writing_thread_ = std::this_thread::get_id();
  lock.release();  // held until the batch ends
}

void Connections::commit_batch() {
  if (!writer_.in_transaction())
    throw Error(Kind::kUnavailable, writer_.path() + ": this batch was taken back after an error of the disk");
  writer_.run("COMMIT");
  writing_thread_ = std::thread::id();
  const std::unique_lock lock(writing_, std::adopt_lock);
  scrub_if_due();
}

void Connections::abandon_batch() noexcept {
  if (writer_.in_transaction()) writer_.roll_back();
  writing_thread_ = std::thread::id();
  writing_.unlock();
}

void Connections::scrub_if_due() noexcept {
  if (!scrub_due_) return;
  writer_.set_busy_timeout(scrub_failed_ ? 0 : kScrubTimeoutMs);
  try {
    // If a reader keeps it from finishing, it says so in its first column, and the next write tries again.
    scrub_due_ = scrub_failed_ = writer_.value<int>("PRAGMA wal_checkpoint(TRUNCATE)") != 0;
  } catch (const Error&) {  // the write itself is safe; so does the next one
  }
  writer_.set_busy_timeout(kBusyTimeoutMs);
}

}  // namespace ootd
