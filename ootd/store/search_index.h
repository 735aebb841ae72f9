// The index of one model's vectors: exact scan + HNSW graph + the planner that picks between them, kept in step with
// the catalog. A cache: built from the catalog, saved as a snapshot (docs/formats.md), and rebuilt whenever the
// snapshot is missing, damaged or of another model.
//
// Threads: every function may run on many threads at once. search() never waits for disk or for a rebuild: it reads an
//          immutable snapshot plus a small exact tail of newer rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "ootd/store/catalog.h"
#include "ootd/store/vector_store.h"

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

class SearchIndex {
 public:
  // Loads home/index/<model>.ootdidx and replays the catalog's newer rows, or rebuilds (and then saves, if it had to
  // build a graph and may write). `catalog` outlives this.
  SearchIndex(const Catalog& catalog, std::string model, SearchParams params = {});
  ~SearchIndex();

  const std::string& model() const;
  int dim() const;  // 0 while the model has no vectors
  std::size_t size() const;

  Bitmap rows() const;  // that have a vector
  // Nothing if the row has none.
  std::optional<std::vector<float>> vector(Row row) const;

  // Replays what the catalog has got since. Cheap when nothing is new: call it before a search that must see all. Once
  // the tail is longer than 1,024 rows and a sixteenth of the base, the call that finds it so also folds it in (some
  // 0.5 ms of processor time a row into a graph), after it has published the new rows; other calls do not wait for it.
  void refresh();

  // As VectorStore::search: k results whenever k rows are allowed; exact under exact_below vectors, recall@10 >= 0.99
  // above. There the planner takes, per query, the cheaper of two: the exact scan of the allowed rows, or a walk
  // through the graph with the filter applied on the way. A walk that gets as dear as the scan, or finds fewer than k,
  // gives way to the scan. Rows newer than the graph are always scanned.
  std::vector<Hit> search(std::span<const float> query, int k, const Bitmap* allowed = nullptr) const;

  // Writes the snapshot (atomically). Done by `ootd index build`, and by serve when it stops.
  void save() const;
  // Throws everything away, builds from the catalog, saves.
  void rebuild();

  struct Stats {
    std::size_t vectors = 0;
    int dim = 0;
    std::uint64_t bytes = 0;    // of the snapshot file; 0 if there is none
    bool graph = false;         // whether an HNSW graph exists (not under exact_below)
    std::size_t tail = 0;       // rows newer than the graph, scanned exactly
    std::int64_t sequence = 0;  // the catalog's sequence number it has seen
  };
  Stats stats() const;

  // Compares every stored vector with the catalog, the snapshot's checksum, and recall@10 of the graph against the
  // exact scan on up to 200 stored vectors. Empty = sound; else one line per problem.
  std::vector<std::string> verify() const;

  static std::filesystem::path snapshot_path(const std::filesystem::path& home, const std::string& model);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
