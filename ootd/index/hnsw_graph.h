// The links of an HNSW graph (Malkov & Yashunin 2018) in flat arrays; no vectors. A node is a slot: 0, 1, 2 ... It lies
// on the levels 0 .. level(slot); on each it has a list of neighbours, at most M long, 2M on level 0.
//
// Threads: reading may run on many threads; writing different lists too. Who reads and writes one list needs a lock.
// Memory:  4 (1 + 2M) + 9 bytes a node, and about 4 (M + 1) / (M - 1) for the upper levels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ootd/index/bytes.h"
#include "ootd/index/slot.h"

namespace ootd {

class HnswGraph {
 public:
  explicit HnswGraph(int M) : M_(M) {}

  std::size_t size() const { return levels_.size(); }
  int M() const { return M_; }
  int level(Slot slot) const { return levels_[slot]; }
  int top_level() const { return top_level_; }  // -1 while there is no entry
  Slot entry() const { return entry_; }         // where every walk begins: a node of the top level
  void set_entry(Slot slot);

  // Adds nodes without links until there are `size`. A node's level depends on its slot alone.
  void grow(std::size_t size);

  std::size_t capacity(int level) const { return static_cast<std::size_t>(level == 0 ? 2 * M_ : M_); }
  std::span<const Slot> neighbours(Slot slot, int level) const {
    const std::uint32_t* list = list_of(slot, level);
    return {list + 1, list[0]};
  }
  void set_neighbours(Slot slot, int level, std::span<const Slot> neighbours);
  bool append_neighbour(Slot slot, int level, Slot neighbour);  // false if the list is full

  // Format: docs/formats.md. read() throws Error(kInput) unless every number is one that save() could have written.
  void save(ByteWriter& out) const;
  static HnswGraph read(ByteReader& in, int M, std::size_t size);

 private:
  const std::uint32_t* list_of(Slot slot, int level) const {
    if (level == 0) return &ground_[slot * (1 + capacity(0))];
    return &upper_[upper_begin_[slot] + static_cast<std::size_t>(level - 1) * (1 + capacity(1))];
  }
  std::uint32_t* list_of(Slot slot, int level) {
    return const_cast<std::uint32_t*>(static_cast<const HnswGraph*>(this)->list_of(slot, level));
  }
  void add_node(std::uint8_t level);

  int M_;
  Slot entry_ = 0;
  int top_level_ = -1;
  std::vector<std::uint8_t> levels_;
  // A list is its length, then room for capacity(level) slots.
  std::vector<std::uint32_t> ground_;       // level 0, by slot
  std::vector<std::uint64_t> upper_begin_;  // by slot: where its levels 1, 2 ... begin in upper_
  std::vector<std::uint32_t> upper_;
};

}  // namespace ootd
