// The k best of many scored things, kept in a bounded heap: O(n log k) at worst, near O(n) when most are refused at
// once. The order is total (score down, then number up), so the result does not depend on the order of arrival.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "ootd/store/vector_store.h"

namespace ootd {

inline bool better(const Hit& a, const Hit& b) { return a.score != b.score ? a.score > b.score : a.row < b.row; }

class TopK {
 public:
  explicit TopK(std::size_t k) : k_(k) {}
  bool full() const { return heap_.size() >= k_; }
  std::size_t size() const { return heap_.size(); }
  // The lowest score kept; only of a TopK that is not empty.
  float worst() const { return heap_.front().score; }

  void offer(const Hit& hit) {
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
  std::vector<Hit> take() {
    std::sort_heap(heap_.begin(), heap_.end(), better);
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  std::vector<Hit> heap_;  // the worst on top
};

}  // namespace ootd
