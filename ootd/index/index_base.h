// The part of an index that a snapshot file holds: the vectors up to one cursor of the feed. Immutable once made;
// search reads it from many threads.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ootd/catalog/vectors.h"
#include "ootd/index/flat_store.h"

namespace ootd {

struct IndexBase {
  VectorLog::Cursor cursor;
  FlatStore vectors{0};
};

// docs/formats.md, "index/<model>.ootdidx". read_snapshot() throws Error(kInput), naming what is wrong, unless the
// bytes are a whole and sound snapshot of this generation.
std::vector<std::byte> write_snapshot(const IndexBase& base, const Generation& generation);
IndexBase read_snapshot(std::span<const std::byte> bytes, const Generation& generation);

}  // namespace ootd
