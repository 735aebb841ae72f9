// Exact search: a scan over all allowed vectors. Cost: O(n dim), memory-bound: 140 bytes a vector at 128-d, and 512 for
// the few that their codes leave in doubt. Several queries read the vectors once.
//
// Threads: the const functions may run on many threads; put and erase need the store for themselves.
#pragma once

#include <span>
#include <vector>

#include "ootd/base/matrix.h"
#include "ootd/index/bitmap.h"
#include "ootd/index/byte_codes.h"
#include "ootd/index/index_view.h"
#include "ootd/index/key_map.h"

namespace ootd {

class Ranking;

class FlatStore {
 public:
  explicit FlatStore(int dim);
  int dim() const { return dim_; }
  std::size_t size() const { return keys().size(); }

  // A known key's vector is replaced. vectors: keys.size() x dim().
  // Throws Error(kInput), and stores nothing, for another length or a value that is not finite or far too large.
  void put(std::span<const LookKey> keys, const Matrix& vectors);
  void put(LookKey key, std::span<const float> vector);
  void reserve(std::size_t vectors);
  void erase(LookKey key);  // moves the last slot into the hole

  // The k best, best first, ties by lower key; fewer only if fewer are allowed. allowed: slots; null = all.
  // Throws Error(kInput) as check_query().
  std::vector<Hit> search(std::span<const float> query, int k, const Bitmap* allowed = nullptr) const;
  // The same hits, to the bit, as one search for each row gives.
  std::vector<std::vector<Hit>> search(const Matrix& queries, int k, const Bitmap* allowed = nullptr) const;

  // In slot order; valid until the next put or erase.
  std::span<const LookKey> keys() const { return keys_.keys(); }
  std::span<const float> vectors() const { return vectors_; }  // size() x dim()
  std::span<const float> vector_at(Slot slot) const {
    const auto dim = static_cast<std::size_t>(dim_);
    return vectors().subspan(slot * dim, dim);
  }
  std::span<const float> vector(LookKey key) const;  // empty if unknown
  Slot slot(LookKey key, Slot near) const { return keys_.find(key, near); }
  Slot slot(LookKey key) const { return keys_.find(key); }  // KeyMap::kNone if unknown

 private:
  void scan(std::span<Ranking> rankings, const Bitmap* allowed) const;
  void check(LookKey key, std::span<const float> vector) const;  // throws if it cannot be stored

  int dim_;
  KeyMap keys_;
  std::vector<float> vectors_;
  ByteCodes codes_;
};

}  // namespace ootd
