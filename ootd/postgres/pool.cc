#include "ootd/postgres/pool.h"

#include <chrono>

#include "ootd/base/error.h"
#include "ootd/postgres/schema.h"

namespace ootd {
namespace {

// Of one process: a server's default is 100 for all who use it.
constexpr int kMostLent[] = {16, 8};  // readers, writers
constexpr std::size_t kMostIdle = 16;
constexpr std::chrono::seconds kPatience{10};

constexpr char kTakenBack[] = ": this batch was taken back after an error of the database or of its connection";

}  // namespace

PgPool::PgPool(std::string url) : url_(std::move(url)) {
  Loan first = borrow(Purpose::kWrite);
  open_catalog(*first.connection);
  give_back(std::move(first), Purpose::kWrite);
}

PgPool::Loan PgPool::borrow(Purpose purpose) {
  const auto which = static_cast<std::size_t>(purpose);
  std::vector<std::unique_ptr<PgConnection>> broken;  // closed after the lock
  std::unique_lock lock(lending_);
  if (!returned_.wait_for(lock, kPatience, [&] { return lent_[which] < kMostLent[which]; }))
    throw Error(Kind::kUnavailable, "all connections to the database are busy; try again later");
  ++lent_[which];
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->is_usable()) return {std::move(connection), {}};
    broken.push_back(std::move(connection));
  }
  lock.unlock();
  try {
    return {std::make_unique<PgConnection>(url_), {}};
  } catch (...) {
    give_back({}, purpose);
    throw;
  }
}

void PgPool::give_back(Loan loan, Purpose purpose) noexcept {
  {
    const std::lock_guard lock(lending_);
    --lent_[static_cast<std::size_t>(purpose)];
    if (loan.connection && loan.connection->is_usable() && idle_.size() < kMostIdle)
      idle_.push_back(std::move(loan.connection));
  }
  returned_.notify_all();
}

PgPool::Loan* PgPool::batch_of_this_thread() {
  const std::lock_guard lock(lending_);
  const auto found = batches_.find(std::this_thread::get_id());
  return found == batches_.end() ? nullptr : &found->second;
}

void PgPool::begin(Loan& loan, Lock lock) {
  const char* const function = lock == Lock::kAlone ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared";
  // READ COMMITTED: each statement after the lock sees what others committed before they let go of it.
  loan.connection->script("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT " + std::string(function) + "(" +
                          writers_lock(*loan.connection) + ")");
}

void PgPool::commit(Loan& loan) {
  if (!loan.connection->is_in_transaction()) throw Error(Kind::kUnavailable, loan.connection->place() + kTakenBack);
  for (std::size_t i = 0; i < loan.counted.size(); ++i)
    if (loan.counted[i] > 0)
      loan.connection->run("UPDATE counters SET n = n + $2 WHERE name = $1", counter_name(static_cast<PgCounter>(i)),
                           loan.counted[i]);
  loan.connection->commit();
}

void PgPool::begin_batch() {
  if (batch_of_this_thread() != nullptr)
    throw Error(Kind::kInternal, "a Catalog::Batch within another on the same thread");
  Loan loan = borrow(Purpose::kWrite);
  try {
    begin(loan, Lock::kAlone);
  } catch (...) {
    give_back({}, Purpose::kWrite);
    throw;
  }
  const std::lock_guard lock(lending_);
  batches_.emplace(std::this_thread::get_id(), std::move(loan));
}

void PgPool::commit_batch() {
  commit(*batch_of_this_thread());
  abandon_batch();
}

void PgPool::abandon_batch() noexcept {
  Loan loan;
  {
    const std::lock_guard lock(lending_);
    const auto found = batches_.find(std::this_thread::get_id());
    loan = std::move(found->second);
    batches_.erase(found);
  }
  // A connection that closes takes back what it has not committed.
  give_back(std::move(loan), Purpose::kWrite);
}

PgPool::Reading::Reading(PgPool& pool, Sight sight) : pool_(pool), loan_(pool.batch_of_this_thread()) {
  if (loan_ != nullptr) {
    if (!loan_->connection->is_in_transaction())
      throw Error(Kind::kUnavailable, loan_->connection->place() + kTakenBack);
    return;
  }
  borrowed_ = pool.borrow(Purpose::kRead);
  loan_ = &borrowed_;
  if (sight == Sight::kStatement) return;
  try {
    borrowed_.connection->script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  } catch (...) {
    pool.give_back({}, Purpose::kRead);
    throw;
  }
}

PgPool::Reading::~Reading() {
  if (loan_ != &borrowed_) return;
  try {
    if (!borrowed_.connection->is_usable()) borrowed_.connection->script("ROLLBACK");
  } catch (const Error&) {  // it is not given to anybody again
  }
  pool_.give_back(std::move(borrowed_), Purpose::kRead);
}

PgPool::Writing::Writing(PgPool& pool, Lock lock) : pool_(pool), loan_(pool.batch_of_this_thread()) {
  if (loan_ != nullptr) {
    if (!loan_->connection->is_in_transaction())
      throw Error(Kind::kUnavailable, loan_->connection->place() + kTakenBack);
    loan_->connection->script("SAVEPOINT inner_call");
    return;
  }
  borrowed_ = pool.borrow(Purpose::kWrite);
  loan_ = &borrowed_;
  try {
    begin(borrowed_, lock);
  } catch (...) {
    pool.give_back({}, Purpose::kWrite);
    throw;
  }
}

void PgPool::Writing::commit() {
  if (loan_ == &borrowed_) {
    PgPool::commit(borrowed_);
  } else {
    loan_->connection->script("RELEASE SAVEPOINT inner_call");
  }
  open_ = false;
}

PgPool::Writing::~Writing() {
  try {
    if (open_)
      loan_->connection->script(loan_ == &borrowed_ ? "ROLLBACK"
                                                    : "ROLLBACK TO SAVEPOINT inner_call; RELEASE SAVEPOINT inner_call");
  } catch (const Error&) {  // the connection is gone, and with it the transaction
  }
  if (loan_ == &borrowed_) pool_.give_back(std::move(borrowed_), Purpose::kWrite);
}

}  // namespace ootd
