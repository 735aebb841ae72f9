// The index of one generation's vectors: exact scan + HNSW graph + the planner that picks between them, kept in step
// with the catalog. A cache: built from the catalog's feed, saved as a snapshot (docs/formats.md), and rebuilt whenever
// the snapshot is missing, damaged or of another generation.
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

// M, ef_construction, ef_search as in the HNSW paper (Malkov & Yashunin 2018). What they do: docs/parameters.md.
struct SearchParams {
  // These change results.
  int M = 16;
  int ef_construction = 200;
  int ef_search = 200;
  // Under this many vectors no graph is built and every search is an exact scan: faster there, and right by definition.
  std::size_t exact_below = 200'000;
  // This one changes speed only.
  int build_threads = 0;  // 0 = all cores
};

class VectorIndex {
 public:
  // Loads home/index/<generation>.ootdidx and follows the feed to its end, or rebuilds (and then saves, if it had to
  // build a graph and may write). `log` outlives this.
  VectorIndex(const VectorLog& log, Generation generation, const std::filesystem::path& home, SearchParams params = {});
  ~VectorIndex();

  const Generation& generation() const;
  // Never null. Cost: the copy of a pointer.
  std::shared_ptr<const IndexView> view() const;

  // Publishes what the feed has got since; cheap when that is nothing. Once the tail of newer rows is longer than 1,024
  // and a sixteenth of the base, it is folded in after the new rows have been published (some 0.5 ms of processor time
  // a row into a graph).
  void refresh();

  // Writes the snapshot (atomically). Done by `ootd index build`, and by serve when it stops.
  void save() const;
  // Throws everything away, builds from the catalog, saves.
  void rebuild();

  struct Stats {
    std::size_t vectors = 0;
    int dim = 0;
    std::uint64_t bytes = 0;  // of the snapshot file; 0 if there is none
    bool graph = false;       // whether an HNSW graph exists (not under exact_below)
    std::size_t tail = 0;     // vectors newer than the base, scanned exactly
  };
  Stats stats() const;

  // Compares every stored vector with the catalog, the snapshot's checksum, and recall@10 of the graph against the
  // exact scan on up to 200 stored vectors. Empty = sound; else one line per problem.
  std::vector<std::string> verify() const;

  // home/index/<model>.ootdidx for photos seen whole; with crops a hash of their origin is part of the name.
  static std::filesystem::path snapshot_path(const std::filesystem::path& home, const Generation& generation);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
