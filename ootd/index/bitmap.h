// A set of a store's slots as a plain bitmap: the filter that search understands. Not thread-safe while it is changed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ootd/index/slot.h"

namespace ootd {

class Bitmap {
 public:
  Bitmap() = default;
  static Bitmap of_first(std::size_t slots) {
    Bitmap bitmap;
    bitmap.words_.assign(slots / 64, ~std::uint64_t{0});
    if (slots % 64 > 0) bitmap.words_.push_back((std::uint64_t{1} << slots % 64) - 1);
    return bitmap;
  }
  void add(Slot slot) {
    const std::size_t word = slot / 64;
    if (word >= words_.size()) words_.resize(word + 1);
    words_[word] |= std::uint64_t{1} << (slot % 64);
  }
  void remove(Slot slot) {
    if (slot / 64 < words_.size()) words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  }
  bool contains(Slot slot) const { return slot / 64 < words_.size() && (words_[slot / 64] >> (slot % 64) & 1) != 0; }
  std::size_t count() const {
    std::size_t n = 0;
    for (const auto word : words_) n += static_cast<std::size_t>(std::popcount(word));
    return n;
  }
  Bitmap& subtract(const Bitmap& other) {
    for (std::size_t i = 0; i < words_.size() && i < other.words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  Bitmap& intersect(const Bitmap& other) {
    words_.resize(std::min(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  template <class F>
  void for_each(F&& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto word = words_[i]; word != 0; word &= word - 1)
        visit(static_cast<Slot>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
  }
  // The slots at the given places of the ascending list of all that are in here. ranks: ascending, below count().
  template <class F>
  void for_each_of(std::span<const std::size_t> ranks, F&& visit) const {
    std::size_t before = 0;
    auto rank = ranks.begin();
    for (std::size_t i = 0; i < words_.size() && rank != ranks.end(); ++i) {
      auto word = words_[i];
      const std::size_t end = before + static_cast<std::size_t>(std::popcount(word));
      for (; rank != ranks.end() && *rank < end; ++rank) {
        for (; before < *rank; ++before) word &= word - 1;
        visit(static_cast<Slot>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
      }
      before = end;
    }
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace ootd
