// The role of a store that knows which photos are copies of one another: the same picture re-encoded, resized, cut or
// with other metadata. ingest/copy_finder.h finds them; the label kCopyKey keeps the groups.
//
// Threads, crashes and errors: as catalog.h says for every role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

// Of one part of a photo.
struct StoredFingerprint {
  LookKey look = {};
  int part = 0;
  std::uint64_t hash = 0, mirrored_hash = 0;
  std::vector<std::byte> pixels;
};

class CopyStore {
 public:
  virtual ~CopyStore() = default;

  virtual void put_fingerprints(std::span<const StoredFingerprint> fingerprints) = 0;
  virtual std::optional<StoredFingerprint> fingerprint(LookKey look, int part) const = 0;
  // All of them without their pixels, by look.
  virtual void each_fingerprint(const std::function<void(const StoredFingerprint&)>& visit) const = 0;
  // Looks that have none, ascending, after `after`, at most `limit`.
  virtual std::vector<LookKey> looks_without_fingerprint(LookKey after, int limit) const = 0;

  // Every look that is a copy, with the first of its group that is still here: pairs (copy, first), by copy. The first
  // itself is in no pair. Cost: O(copies).
  virtual std::vector<std::pair<LookKey, LookKey>> copies() const = 0;
};

}  // namespace ootd
