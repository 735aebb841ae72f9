// Inner products of one query with many stored vectors: the one loop in which all search time goes. Every store scores
// through it, so that a look has the same score, to the last bit, whichever way it was found.
#pragma once

#include <cstddef>
#include <span>

#include "ootd/index/slot.h"

namespace ootd {

// scores[i] = query . vectors[slots[i]]. query: [dim]; vectors: [*, dim]; scores: slots.size().
void score_slots(std::span<const float> query, const float* vectors, std::span<const Slot> slots, float* scores);

// Throws Error(kInput) unless k >= 0 and the query has `dim` values that can_be_scored().
void check_query(std::span<const float> query, int dim, int k);

// Finite, and of a length whose products with another such vector cannot overflow: then no score is NaN and the order
// of hits is total. Unit vectors always are.
bool can_be_scored(std::span<const float> vector);

}  // namespace ootd
