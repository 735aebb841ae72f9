// One signed byte per value beside the float vectors, cut into two planes of four bits: a scan reads the high plane, an
// eighth of the memory of the floats, and proves by it that most vectors cannot be among the best; for the others the
// low plane proves it of nearly all. What is left is scored with the floats.
//
// Bound of the proof, for a vector x and its code x': q.x <= q.x' + |q| |x - x'|. Vectors and queries are rotated
// first (random signs and a Hadamard transform, as in Suresh et al. 2017, section 3), which changes no product and
// evens their values out: the largest of them sets the step of a code, and so its error.
//
// Memory: ceil(dim / 64) * 64 + 16 bytes a vector.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ootd/index/slot.h"

namespace ootd {

class ByteCodes {
 public:
  explicit ByteCodes(std::size_t dim);
  std::size_t size() const { return codes_.size(); }
  void reserve(std::size_t slots);
  // Encodes the vector of a slot: a known one, or the next.
  void set(Slot slot, std::span<const float> vector);
  void move(Slot from, Slot to);
  void drop_last();

  class Query {
   public:
    explicit Query(std::span<const float> query);

   private:
    friend class ByteCodes;
    std::vector<std::int8_t> values_;  // of the values of the codes' low nibbles, then of their high nibbles
    std::int32_t sum_ = 0;             // of values_
    float scale_ = 0;                  // of values_
    float length_ = 0;                 // of the query
    float error_ = 0;                  // length of what values_ leave out
  };
  // Of the slots all whose score, as score_slots() gives it, may be `worst` or better, and few others, in their order.
  // kept: room for slots.size(), and may be where the slots lie. Returns how many.
  std::size_t keep(const Query& query, std::span<const Slot> slots, float worst, Slot* kept) const;

 private:
  struct Code {
    float scale = 0;                      // of the bytes
    float length = 0;                     // of the vector
    float high_error = 0, low_error = 0;  // length of what the high plane alone, and both planes, leave out
  };
  std::size_t keep_block(const Query& query, std::span<const Slot> slots, float worst, Slot* kept) const;

  std::size_t dim_;
  std::size_t width_;                     // bytes of a vector in a plane: of two values each
  std::vector<std::uint8_t> high_, low_;  // [slots, width_]
  std::vector<Code> codes_;
};

}  // namespace ootd
