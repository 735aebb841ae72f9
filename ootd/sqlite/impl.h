// What the parts of Catalog share (catalog.cc and catalog_*.cc). Private to them.
#pragma once

#include <mutex>

#include "ootd/store/catalog.h"
#include "ootd/store/sqlite.h"

namespace ootd {

struct Catalog::Impl {
  explicit Impl(const std::filesystem::path& home_folder);

  // One call that reads: everything in it sees the same state of the file.
  class Reading {
   public:
    explicit Reading(Impl& impl) : lock_(impl.mutex), transaction_(impl.database, Transaction::Mode::kRead) {}

   private:
    std::lock_guard<std::recursive_mutex> lock_;
    Transaction transaction_;
  };

  // One call that writes: all or nothing, alone or within a Batch.
  class Writing {
   public:
    explicit Writing(Impl& impl) : lock_(impl.mutex), transaction_(impl.checked(), Transaction::Mode::kWrite) {}
    void commit() { transaction_.commit(); }

   private:
    std::lock_guard<std::recursive_mutex> lock_;
    Transaction transaction_;
  };

  // The database, unless an open batch was lost: its later writes must not become transactions of their own.
  Database& checked();
  void require_image(Row row);  // throws kNotFound
  std::optional<std::int64_t> model_no(const std::string& model);
  // Deletes the row's vectors of the models whose name matches (SQLite's GLOB) and leaves tombstones for the indexes.
  void bury_vectors(Row row, const std::string& model_pattern);
  // The WAL still holds what was erased until it is emptied into the file. Within a batch this happens after its
  // commit.
  void scrub();

  const std::filesystem::path home;
  std::recursive_mutex mutex;  // guards all below; recursive because a Batch holds it around its thread's calls
  Database database;
  bool batch_open = false;
  bool scrub_due = false;
};

}  // namespace ootd
