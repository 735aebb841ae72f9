// One moment of a generation's vectors, for one request: everything that the request reads of the index, it reads from
// one view, and it all fits together.
//
// Threads: immutable; any number of threads may use one view. It lives as long as somebody holds it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/base/matrix.h"
#include "ootd/base/random.h"
#include "ootd/catalog/vectors.h"

namespace ootd {

// score = inner product = cosine, larger is nearer.
struct Hit {
  LookKey key = {};
  float score = 0;
  friend bool operator==(const Hit&, const Hit&) = default;
};

class IndexState;
struct SlotSet;

class IndexView {
 public:
  // Some of a view's looks, and of no other view's: given to another one it is a bug, Error(kInternal). {}: none. Cheap
  // to copy.
  class Subset {
   public:
    std::size_t size() const { return size_; }

   private:
    friend class IndexView;
    struct Bits;
    std::shared_ptr<const Bits> bits_;
    std::size_t size_ = 0;
  };

  IndexView(Generation generation, std::shared_ptr<const IndexState> state);

  const Generation& generation() const { return generation_; }
  int dim() const;  // 0 while there are no vectors
  std::size_t size() const;

  bool contains(LookKey look) const { return !vector(look).empty(); }
  std::span<const float> vector(LookKey look) const;  // unit length, valid as long as the view; empty if there is none

  // Of all vectors; not of unit length: vectors of photos lie in one cone, and what tells two looks apart is where they
  // lie as seen from here. The same bits whichever way the vectors came and went. [dim()]
  std::span<const float> mean() const { return mean_; }

  // Looks that the view does not have are ignored. Cost: O(size() / 64 + the keys given).
  Subset all() const;
  Subset where(std::span<const LookKey> looks) const;
  Subset except(const Subset& from, std::span<const LookKey> looks) const;
  Subset with(const Subset& other, std::span<const LookKey> looks) const;
  Subset both(const Subset& a, const Subset& b) const;
  // The n looks that the catalog got last.
  Subset latest(std::size_t n) const;
  bool has(const Subset& subset, LookKey look) const;
  std::vector<LookKey> looks(const Subset& subset) const;  // in no order that means anything

  // For each query the best first, ties by lower key; fewer than k only if the subset (null = all) has fewer. Exact.
  // Several queries are one pass over the vectors, with the hits, to the bit, of one search for each: cheaper than
  // those. Throws Error(kInput) if a query's length is not dim() or k < 0. Cost: docs/parameters.md.
  std::vector<Hit> search(std::span<const float> query, int k, const Subset* among = nullptr) const;
  std::vector<std::vector<Hit>> search(const Matrix& queries, int k, const Subset* among = nullptr) const;

  // n different looks (all, if there are no more), each as likely as any other, in random order.
  // Throws Error(kInput) if n < 0. Cost: O(n) draws where the subset is not thin, O(size() / 64 + n log n) where it is.
  std::vector<LookKey> sample(const Subset& among, int n, Random& random) const;

 private:
  Subset subset(SlotSet slots) const;
  const SlotSet& slots_of(const Subset& subset) const;

  Generation generation_;
  std::shared_ptr<const IndexState> state_;
  std::vector<float> mean_;
};

}  // namespace ootd
