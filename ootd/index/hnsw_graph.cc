#include "ootd/index/hnsw_graph.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include "ootd/base/random.h"

namespace ootd {
namespace {

constexpr int kHighestLevel = 31;

// P(level >= l) = M^-l (section 4.1 of the paper). From the slot alone: not from the order in which threads come by.
std::uint8_t draw_level(std::size_t slot, int M) {
  Random random(slot);
  const double level = -std::log(1.0 - random.uniform()) / std::log(M);
  return static_cast<std::uint8_t>(std::min(level, static_cast<double>(kHighestLevel)));
}

[[noreturn]] void refuse(const std::string& reason) { throw Error(Kind::kInput, "the graph is damaged: " + reason); }

}  // namespace

void HnswGraph::set_entry(Slot slot) {
  entry_ = slot;
  top_level_ = level(slot);
}

void HnswGraph::grow(std::size_t size) {
  levels_.reserve(size);
  upper_begin_.reserve(size);
  while (levels_.size() < size) add_node(draw_level(levels_.size(), M_));
  ground_.resize(size * (1 + capacity(0)));
}

void HnswGraph::add_node(std::uint8_t level) {
  levels_.push_back(level);
  upper_begin_.push_back(upper_.size());
  upper_.resize(upper_.size() + level * (1 + capacity(1)));
}

void HnswGraph::set_neighbours(Slot slot, int level, std::span<const Slot> neighbours) {
  assert(neighbours.size() <= capacity(level));
  std::uint32_t* list = list_of(slot, level);
  list[0] = static_cast<std::uint32_t>(neighbours.size());
  std::ranges::copy(neighbours, list + 1);
}

bool HnswGraph::append_neighbour(Slot slot, int level, Slot neighbour) {
  std::uint32_t* list = list_of(slot, level);
  if (list[0] == capacity(level)) return false;
  list[++list[0]] = neighbour;
  return true;
}

void HnswGraph::save(ByteWriter& out) const {
  out.put(entry_);
  out.put_array(std::span(levels_));
  out.put_array(std::span(ground_));
  out.put_array(std::span(upper_));
}

HnswGraph HnswGraph::read(ByteReader& in, int M, std::size_t size) {
  HnswGraph graph(M);
  const auto entry = in.get<Slot>("entry");
  const auto levels = in.get_array<std::uint8_t>(size, "levels");
  graph.ground_ = in.get_array<std::uint32_t>(size * (1 + graph.capacity(0)), "links of level 0");
  std::size_t lists_above = 0;
  for (const std::uint8_t level : levels) {
    if (level > kHighestLevel) refuse("a node has level " + std::to_string(level));
    lists_above += level;
  }
  const auto upper = in.get_array<std::uint32_t>(lists_above * (1 + graph.capacity(1)), "links of the upper levels");
  graph.levels_.reserve(size);
  graph.upper_begin_.reserve(size);
  for (const std::uint8_t level : levels) graph.add_node(level);
  graph.upper_ = upper;

  if (size == 0) return graph;
  if (entry >= size || levels[entry] != *std::ranges::max_element(levels))
    refuse("its entry " + std::to_string(entry) + " is not of the top level");
  graph.set_entry(entry);
  for (Slot slot = 0; slot < size; ++slot)
    for (int level = 0; level <= levels[slot]; ++level) {
      const std::uint32_t* list = graph.list_of(slot, level);
      if (list[0] > graph.capacity(level)) refuse("node " + std::to_string(slot) + " has too many neighbours");
      for (const Slot neighbour : graph.neighbours(slot, level))
        if (neighbour >= size || levels[neighbour] < level)
          refuse("node " + std::to_string(slot) + " links to " + std::to_string(neighbour) + " on level " +
                 std::to_string(level) + ", which is not there");
    }
  return graph;
}

}  // namespace ootd
