// A set of rows as a plain bitmap: the filter that search understands. Not thread-safe while it is changed.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

class Bitmap {
 public:
  Bitmap() = default;
  void add(Row row) {
    const std::size_t word = row / 64;
    if (word >= words_.size()) words_.resize(word + 1);
    words_[word] |= std::uint64_t{1} << (row % 64);
  }
  void remove(Row row) {
    if (row / 64 < words_.size()) words_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
  }
  bool contains(Row row) const { return row / 64 < words_.size() && (words_[row / 64] >> (row % 64) & 1) != 0; }
  std::size_t count() const {
    std::size_t n = 0;
    for (const auto word : words_) n += static_cast<std::size_t>(std::popcount(word));
    return n;
  }
  Bitmap& operator&=(const Bitmap& other) {
    if (words_.size() > other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Bitmap& operator|=(const Bitmap& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  Bitmap& subtract(const Bitmap& other) {
    for (std::size_t i = 0; i < words_.size() && i < other.words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  std::span<const std::uint64_t> words() const { return words_; }
  template <class F>
  void for_each(F&& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto word = words_[i]; word != 0; word &= word - 1)
        visit(static_cast<Row>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace ootd
