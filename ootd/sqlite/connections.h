// The connections to one catalog file: one that writes, and as many as read at once.
//
// Threads: any. A Reading borrows a connection of its own, except where its thread is writing (a Writing, a batch):
// there
//          it sees what has been written. A Writing has the writing connection for as long as it lives; one within
//          another is a part of it, which can be taken back alone.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ootd/sqlite/database.h"

namespace ootd {

class Connections {
 public:
  // Opens or makes the file; migrates an older version.
  explicit Connections(const std::filesystem::path& file);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // One call that reads: everything in it sees the same state of the file.
  class Reading {
   public:
    explicit Reading(Connections& connections);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    Database& operator*() { return *database_; }
    Database* operator->() { return database_; }

   private:
    Connections& connections_;
    std::unique_ptr<Database> borrowed_;
    Database* const database_;
    std::optional<Transaction> transaction_;
  };

  // One call that writes: all or nothing, alone or within a batch.
  class Writing {
   public:
    explicit Writing(Connections& connections);
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;
    Database& operator*() { return connections_.writer_; }
    Database* operator->() { return &connections_.writer_; }
    // The WAL still holds what was erased until it is emptied into the file; this happens after the commit.
    void scrub() { connections_.scrub_due_ = true; }
    void commit();

   private:
    Connections& connections_;
    std::unique_lock<std::mutex> lock_;  // empty within another one or a batch, which holds it
    std::optional<Transaction> transaction_;
  };

  void begin_batch();
  void commit_batch();
  void abandon_batch() noexcept;

 private:
  bool is_writing() const { return writing_thread_ == std::this_thread::get_id(); }
  void scrub_if_due() noexcept;  // needs `writing_`

  std::mutex writing_;  // guards the four below; a batch holds it from begin to end
  Database writer_;
  bool scrub_due_ = false, scrub_failed_ = false;
  std::atomic<std::thread::id> writing_thread_ = {};  // who holds `writing_`

  std::mutex lending_;  // guards `idle_`
  std::vector<std::unique_ptr<Database>> idle_;
};

}  // namespace ootd
