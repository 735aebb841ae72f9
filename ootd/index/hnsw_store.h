// Approximate search: a hierarchical navigable small world graph (Malkov & Yashunin 2018) over a FlatStore's vectors.
// A filter is applied while walking: what is not allowed is walked through, but takes no place in the result.
//
// Threads: as FlatStore; put() itself uses build_threads. One thread builds the same graph every time; more threads
//          build an equally good one that differs from run to run.
// Cost:    see docs/parameters.md and docs/benchmarks.md.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ootd/index/flat_store.h"
#include "ootd/index/hnsw_graph.h"

namespace ootd {

class ScratchPool;

struct HnswParams {
  // As in the paper. These change results.
  int M = 16;                 // links a node, 2M on level 0; 4 to 128
  int ef_construction = 200;  // candidates for its links; M to 10'000
  int ef_search = 200;        // candidates for a result; 1 to 100'000
  // This one changes speed only.
  int build_threads = 0;  // 0 = all cores
};

void check_params(const HnswParams& params);  // throws Error(kInput) if one is out of its range

class HnswStore {
 public:
  // Builds the graph over `vectors`. Throws Error(kInput) if a parameter is out of its range.
  HnswStore(FlatStore vectors, HnswParams params);
  // Takes a graph that was built over `vectors` already: graph.size() == vectors.size().
  HnswStore(FlatStore vectors, HnswGraph graph, HnswParams params);
  explicit HnswStore(int dim, HnswParams params = {}) : HnswStore(FlatStore(dim), params) {}

  int dim() const { return flat_.dim(); }
  std::size_t size() const { return flat_.size() - erased_count_; }
  void put(std::span<const LookKey> keys, const Matrix& vectors);
  // Leaves a tombstone: the vector stays as a way through the graph.
  void erase(LookKey key);
  // As FlatStore::search, but approximate.
  std::vector<Hit> search(std::span<const float> query, int k, const Bitmap* allowed = nullptr) const;

  // One walk, without the promise of search(): the best k of the `ef` best allowed vectors that it met.
  struct Walk {
    std::vector<Hit> hits;
    std::size_t scored = 0;  // vectors looked at: the cost
    bool complete = true;    // false: it gave up at max_scored
  };
  Walk walk(std::span<const float> query, int k, int ef, const Bitmap* allowed,
            std::size_t max_scored = SIZE_MAX) const;

  const HnswParams& params() const { return params_; }
  const FlatStore& flat() const { return flat_; }    // the erased vectors included
  const HnswGraph& graph() const { return graph_; }  // a node is a slot of flat()
  const Bitmap& erased() const { return erased_; }   // slots of flat()
  Bitmap living() const;                             // the others

 private:
  HnswParams params_;
  FlatStore flat_;
  HnswGraph graph_;
  Bitmap erased_;
  std::size_t erased_count_ = 0;
  std::shared_ptr<ScratchPool> pool_;  // shared with copies
};

}  // namespace ootd
