// One signed byte per value beside the float vectors: a quarter of the memory to fetch, which is what a scan waits for.
// It proves with them that most vectors cannot be among the best. What is left is scored with the floats.
//
// Bound of the proof, for a vector x and its code x': q.x <= q.x' + |q| |x - x'|.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ootd/index/slot.h"

namespace ootd {

class ByteCodes {
 public:
  explicit ByteCodes(std::size_t dim) : dim_(dim) {}
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
    std::vector<std::int16_t> values_;
    float scale_ = 0;   // of values_
    float length_ = 0;  // of the query
    float error_ = 0;   // length of what values_ leave out
  };
  // bounds[i] >= the score that score_slots() gives slots[i]. bounds: slots.size().
  void bound_scores(const Query& query, std::span<const Slot> slots, float* bounds) const;

 private:
  // Without what the codes leave out.
  void estimate_scores(const Query& query, std::span<const Slot> slots, float* scores) const;
  struct Code {
    float scale = 0;   // of the bytes
    float length = 0;  // of the vector
    float error = 0;   // length of what the bytes leave out
  };
  std::size_t dim_;
  std::vector<std::int8_t> bytes_;  // [slots, dim]
  std::vector<Code> codes_;
};

}  // namespace ootd
