// The part of an index that a snapshot file holds: the vectors up to one sequence number of the catalog and, if they
// are many, a graph over them. Immutable once made; search reads it from many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/store/hnsw_store.h"
#include "ootd/store/walk_plan.h"

namespace ootd {

struct IndexBase {
  std::int64_t sequence = 0;
  FlatStore flat{0};                       // empty if there is a graph: it holds the vectors
  std::unique_ptr<const HnswStore> graph;  // null if the vectors are few
  WalkPlan plan;                           // of the graph

  const FlatStore& vectors() const { return graph ? graph->flat() : flat; }
};

// docs/formats.md, "index/<model>.ootdidx". read_snapshot() throws Error(kInput), naming what is wrong, unless the
// bytes are a whole and sound snapshot of this model.
std::vector<std::byte> write_snapshot(const IndexBase& base, const std::string& model);
IndexBase read_snapshot(std::span<const std::byte> bytes, const std::string& model);

}  // namespace ootd
