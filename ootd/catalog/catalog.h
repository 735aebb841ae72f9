// The catalog: every fact of a workspace, as the sum of the roles that a store must fill. It is the truth; indexes and
// snapshots are caches made from it. Who needs one role takes that one.
//
// Threads: one Catalog may be used from many threads. Reads never wait for a writer, of this process or another one,
// and
//          see what was committed when they began. Writes are one after the other; each waits for the disk.
// Crashes: every call that writes is one transaction: after kill -9 or a power cut a write is there wholly or not at
//          all. Use Catalog::Batch to make many writes one transaction.
// Errors:  Error(kInput) for values that can't be (a vector of the wrong length), kNotFound for unknown ids where the
//          text says so, kUnavailable when the disk is full, the database is away, or another writer takes too long.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ootd/catalog/claims.h"
#include "ootd/catalog/copies.h"
#include "ootd/catalog/events.h"
#include "ootd/catalog/garments.h"
#include "ootd/catalog/looks.h"
#include "ootd/catalog/notes.h"
#include "ootd/catalog/vectors.h"
#include "ootd/catalog/wardrobe.h"

namespace ootd {

class Catalog : public LookStore,
                public ClaimStore,
                public CopyStore,
                public GarmentStore,
                public VectorLog,
                public EventLog,
                public WardrobeStore,
                public SettingStore,
                public FailureLog {
 public:
  // From construction to commit() everything that this thread writes is one transaction, and what it reads includes
  // that; destroyed without commit() it takes it all back. A call that throws takes back only itself, unless the disk
  // failed: then the batch may be lost, and its later writes and commit() throw too. Other writers wait meanwhile: keep
  // it short. A second Batch on the same thread is a bug: Error(kInternal).
  class Batch {
   public:
    explicit Batch(Catalog& catalog);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    void commit();

   private:
    Catalog& catalog_;
    bool open_ = true;
  };

  // What the looks' files are relative to.
  virtual const std::filesystem::path& home() const = 0;
  // The store's own check of itself; an empty list = sound.
  virtual std::vector<std::string> verify() const = 0;

 private:
  virtual void begin_batch() = 0;
  virtual void commit_batch() = 0;
  virtual void abandon_batch() noexcept = 0;
};

// The origin of the crops in use: of the detector and rule that `ootd crop` was last run with. Vectors are made of
// these from then on. Empty before that: photos are seen whole.
std::string crops_in_use(const SettingStore& settings);
void use_crops(SettingStore& settings, const std::string& origin);

}  // namespace ootd
