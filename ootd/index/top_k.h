// The k best of many scored things, kept in a bounded heap: O(n log k) at worst, near O(n) when most are refused at
// once. The order is total, so the result does not depend on the order of arrival.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "ootd/index/index_view.h"
#include "ootd/index/slot.h"

namespace ootd {

// Score down, then key (or slot) up.
struct Better {
  bool operator()(const Hit& a, const Hit& b) const { return a.score != b.score ? a.score > b.score : a.key < b.key; }
  bool operator()(const SlotHit& a, const SlotHit& b) const {
    return a.score != b.score ? a.score > b.score : a.slot < b.slot;
  }
};
inline constexpr Better better;

template <class Scored>  // Hit or SlotHit
class TopK {
 public:
  explicit TopK(std::size_t k) : k_(k) {}
  bool full() const { return heap_.size() >= k_; }
  // The lowest score kept; only of a TopK that is not empty.
  float worst() const { return heap_.front().score; }

  void offer(const Scored& hit) {
    if (!full()) {
      heap_.push_back(hit);
      std::push_heap(heap_.begin(), heap_.end(), better);
    } else if (k_ > 0 && better(hit, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = hit;
      std::push_heap(heap_.begin(), heap_.end(), better);
    }
  }

  // Best first; leaves this empty.
  std::vector<Scored> take() {
    std::sort_heap(heap_.begin(), heap_.end(), better);
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  std::vector<Scored> heap_;  // the worst on top
};

}  // namespace ootd
