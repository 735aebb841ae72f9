// The connections to one database: as many as read and write at once, up to a limit; one that broke is replaced.
//
// Who writes holds a lock of the whole catalog until its transaction has ended, so that writes come one after the other
// whichever server they come from: numbers that they give (keys, the feed's sequence) grow in the order in which they
// commit, and nobody who follows such a number misses a late one. Appends that touch nothing but their own person's
// events share the lock and run side by side.
//
// Threads: any. A Reading borrows a connection of its own, except where its thread has a batch open: there it sees what
//          has been written. A Writing within a batch is a part of it, which can be taken back alone.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ootd/postgres/connection.h"

namespace ootd {

// What caches follow: see LookStore::label_changes(), EventLog::erasures().
enum class PgCounter { kLabels, kErasures };

class PgPool {
 public:
  explicit PgPool(std::string url);

  // One call that reads. kMoment: all its statements see the same state; else it may have one statement only.
  enum class Sight { kStatement, kMoment };
  class Reading;
  // One call that writes: all or nothing, alone or within a batch.
  enum class Lock { kAlone, kShared };
  class Writing;

  void begin_batch();
  void commit_batch();
  void abandon_batch() noexcept;

 private:
  // A connection on loan, with what its transaction has to count when it commits: once, since a row that one
  // transaction changes again and again becomes slow.
  struct Loan {
    std::unique_ptr<PgConnection> connection;
    std::array<std::int64_t, 2> counted = {};
  };
  enum class Purpose { kRead, kWrite };
  Loan borrow(Purpose purpose);
  void give_back(Loan loan, Purpose purpose) noexcept;
  Loan* batch_of_this_thread();
  static void begin(Loan& loan, Lock lock);
  static void commit(Loan& loan);

  const std::string url_;
  std::mutex lending_;  // guards the rest
  std::condition_variable returned_;
  std::vector<std::unique_ptr<PgConnection>> idle_;
  std::array<int, 2> lent_ = {};  // by Purpose
  std::map<std::thread::id, Loan> batches_;
};

class PgPool::Reading {
 public:
  explicit Reading(PgPool& pool, Sight sight = Sight::kStatement);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  PgConnection& operator*() { return *loan_->connection; }
  PgConnection* operator->() { return loan_->connection.get(); }
  // What this thread's batch has counted so far, which the table does not know yet.
  std::int64_t counted(PgCounter counter) const { return loan_->counted[static_cast<std::size_t>(counter)]; }

 private:
  PgPool& pool_;
  Loan borrowed_;
  Loan* loan_;  // borrowed_ or the batch's
};

class PgPool::Writing {
 public:
  explicit Writing(PgPool& pool, Lock lock = Lock::kAlone);
  ~Writing();
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  PgConnection& operator*() { return *loan_->connection; }
  PgConnection* operator->() { return loan_->connection.get(); }
  void count(PgCounter counter) { ++loan_->counted[static_cast<std::size_t>(counter)]; }
  void commit();

 private:
  PgPool& pool_;
  Loan borrowed_;
  Loan* loan_;  // borrowed_ or the batch's
  bool open_ = true;
};

}  // namespace ootd
