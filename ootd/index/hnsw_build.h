// Inserts nodes into an HNSW graph (Algorithms 1 and 4 of Malkov & Yashunin 2018).
#pragma once

#include <span>

#include "ootd/index/flat_store.h"
#include "ootd/index/hnsw_graph.h"

namespace ootd {

// Links `slots`, nodes of the graph: those without links join it, those with links get new ones for a new vector.
// flat.size() == graph.size(). Nobody else may use the graph meanwhile. threads: 0 = all cores; with one, the same
// input gives the same graph. If it throws (no memory), the graph is not usable.
void link_nodes(HnswGraph& graph, const FlatStore& flat, std::span<const Slot> slots, int ef_construction, int threads);

}  // namespace ootd
