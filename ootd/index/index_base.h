// The part of an index that a snapshot file holds: the vectors up to one cursor of the feed and, if they are many, a
// graph over them. Immutable once made; search reads it from many threads.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "ootd/catalog/vectors.h"
#include "ootd/index/hnsw_store.h"
#include "ootd/index/walk_plan.h"

namespace ootd {

struct IndexBase {
  VectorLog::Cursor cursor;
  FlatStore flat{0};                       // empty if there is a graph: it holds the vectors
  std::unique_ptr<const HnswStore> graph;  // null if the vectors are few
  WalkPlan plan;                           // of the graph

  const FlatStore& vectors() const { return graph ? graph->flat() : flat; }
};

// docs/formats.md, "index/<model>.ootdidx". read_snapshot() throws Error(kInput), naming what is wrong, unless the
// bytes are a whole and sound snapshot of this generation.
std::vector<std::byte> write_snapshot(const IndexBase& base, const Generation& generation);
IndexBase read_snapshot(std::span<const std::byte> bytes, const Generation& generation);

}  // namespace ootd
