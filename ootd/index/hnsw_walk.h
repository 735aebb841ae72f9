// The walk over one level of an HNSW graph (Algorithm 2 of Malkov & Yashunin 2018), for building and for searching.
// Walks score by the byte codes, which are a quarter of the memory to fetch; who keeps the result scores it anew with
// the floats.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "ootd/index/byte_codes.h"
#include "ootd/index/hnsw_graph.h"
#include "ootd/index/score.h"
#include "ootd/index/top_k.h"

namespace ootd {

// What one walk at a time needs, kept between walks: clearing marks for each of a million nodes would cost more than
// the walk itself.
class WalkScratch {
 public:
  void begin(std::size_t nodes) {
    if (marks_.size() < nodes) marks_.resize(nodes);
    if (++round_ == 0) {
      std::ranges::fill(marks_, 0);
      round_ = 1;
    }
    frontier.clear();
  }
  bool visit(Slot slot) {  // false if it was visited in this round
    if (marks_[slot] == round_) return false;
    marks_[slot] = round_;
    return true;
  }

  std::vector<SlotHit> frontier;  // a heap, best on top: nodes seen but not yet left
  std::vector<Slot> batch;
  std::vector<float> scores;
  std::size_t scored = 0;  // vectors looked at since the caller set it to 0

 private:
  std::vector<std::uint32_t> marks_;
  std::uint32_t round_ = 0;
};

// Returns the best `ef` nodes that accept(slot) lets through, walking from `start` (which is scored already) over any
// node. Stops early once scratch.scored reaches max_scored. for_each_neighbour(slot, visit) reads a list of this level.
template <class ForEachNeighbour, class Accept>
TopK<SlotHit> walk_level(const ByteCodes& codes, const ByteCodes::Query& query, SlotHit start, std::size_t ef,
                         std::size_t max_scored, WalkScratch& scratch, const ForEachNeighbour& for_each_neighbour,
                         const Accept& accept) {
  const auto worse = [](const SlotHit& a, const SlotHit& b) { return better(b, a); };
  auto& frontier = scratch.frontier;
  TopK<SlotHit> best(ef);
  scratch.begin(codes.size());
  scratch.visit(start.slot);
  frontier.push_back(start);
  if (accept(start.slot)) best.offer(start);
  while (!frontier.empty() && scratch.scored < max_scored) {
    std::ranges::pop_heap(frontier, worse);
    const SlotHit nearest = frontier.back();
    frontier.pop_back();
    if (best.full() && nearest.score < best.worst()) break;
    scratch.batch.clear();
    for_each_neighbour(nearest.slot, [&](Slot slot) {
      if (scratch.visit(slot)) scratch.batch.push_back(slot);
    });
    scratch.scores.resize(scratch.batch.size());
    codes.estimate_scores(query, scratch.batch, scratch.scores.data());
    scratch.scored += scratch.batch.size();
    for (std::size_t i = 0; i < scratch.batch.size(); ++i) {
      const SlotHit hit{scratch.batch[i], scratch.scores[i]};
      if (best.full() && hit.score < best.worst()) continue;
      frontier.push_back(hit);
      std::ranges::push_heap(frontier, worse);
      if (accept(hit.slot)) best.offer(hit);
    }
  }
  return best;
}

// Greedily down from the graph's entry to the best node found on level `to_level` + 1, or the entry if it lies no
// higher. for_each_neighbour(slot, level, visit).
template <class ForEachNeighbour>
SlotHit descend(const ByteCodes& codes, const ByteCodes::Query& query, const HnswGraph& graph, int to_level,
                WalkScratch& scratch, const ForEachNeighbour& for_each_neighbour) {
  const Slot entry = graph.entry();
  SlotHit here{entry, 0};
  codes.estimate_scores(query, {&entry, 1}, &here.score);
  for (int level = graph.top_level(); level > to_level; --level)
    here = walk_level(
               codes, query, here, 1, SIZE_MAX, scratch,
               [&](Slot slot, const auto& visit) { for_each_neighbour(slot, level, visit); }, [](Slot) { return true; })
               .take()
               .front();
  return here;
}

// Puts the true scores in the place of the estimated ones. vectors: [*, query.size()].
inline void rescore(std::span<const float> query, const float* vectors, std::span<SlotHit> hits, WalkScratch& scratch) {
  scratch.batch.clear();
  for (const SlotHit& hit : hits) scratch.batch.push_back(hit.slot);
  scratch.scores.resize(hits.size());
  score_slots(query, vectors, scratch.batch, scratch.scores.data());
  for (std::size_t i = 0; i < hits.size(); ++i) hits[i].score = scratch.scores[i];
}

// Hands out scratch space to walks that run at once, and keeps it for the next ones.
class ScratchPool {
 public:
  class Loan {
   public:
    explicit Loan(ScratchPool& pool) : pool_(pool) {
      const std::lock_guard lock(pool.mutex_);
      if (pool.free_.empty()) return;
      scratch_ = std::move(pool.free_.back());
      pool.free_.pop_back();
    }
    ~Loan() {
      const std::lock_guard lock(pool_.mutex_);
      pool_.free_.push_back(std::move(scratch_));
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    WalkScratch& operator*() { return *scratch_; }

   private:
    ScratchPool& pool_;
    std::unique_ptr<WalkScratch> scratch_ = std::make_unique<WalkScratch>();
  };

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<WalkScratch>> free_;
};

}  // namespace ootd
