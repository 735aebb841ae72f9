// The index of one generation's vectors, searched exactly, kept in step with the catalog. A cache: built from the
// catalog's feed, saved as a snapshot (docs/formats.md), and rebuilt whenever the snapshot is missing, damaged or of
// another generation.
//
// Threads: every function may run on many threads at once. view() never waits for the disk or for a rebuild: it hands
// out
//          the published state. refresh() is for one thread that has the time (serve's refresher), never for a request.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ootd/catalog/vectors.h"
#include "ootd/index/index_view.h"

namespace ootd {

class VectorIndex {
 public:
  // Loads home/index/<generation>.ootdidx and follows the feed to its end, or reads everything from the log. `log`
  // outlives this.
  VectorIndex(const VectorLog& log, Generation generation, const std::filesystem::path& home);
  ~VectorIndex();

  const Generation& generation() const;
  // Never null. Cost: the copy of a pointer.
  std::shared_ptr<const IndexView> view() const;

  // Publishes what the feed has got since; cheap when that is nothing. Once the tail of newer rows is longer than 1,024
  // and a sixteenth of the base, it is folded in after the new rows have been published.
  void refresh();

  // Writes the snapshot (atomically). Done by `ootd index build`, and by serve when it stops.
  void save() const;
  // Throws everything away, builds from the catalog, saves.
  void rebuild();

  struct Stats {
    std::size_t vectors = 0;
    int dim = 0;
    std::uint64_t bytes = 0;  // of the snapshot file; 0 if there is none
    std::size_t tail = 0;     // vectors newer than the base
  };
  Stats stats() const;

  // Compares every stored vector with the catalog, and the snapshot's checksum. Empty = sound; else one line per
  // problem.
  std::vector<std::string> verify() const;

  // home/index/<model>.ootdidx for photos seen whole; with crops a hash of their origin is part of the name.
  static std::filesystem::path snapshot_path(const std::filesystem::path& home, const Generation& generation);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
