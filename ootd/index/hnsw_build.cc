#include "ootd/index/hnsw_build.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "ootd/base/random.h"
#include "ootd/base/threads.h"
#include "ootd/index/hnsw_walk.h"

namespace ootd {
namespace {

class Builder {
 public:
  Builder(HnswGraph& graph, const FlatStore& flat, int ef_construction)
      : graph_(graph), flat_(flat), ef_construction_(static_cast<std::size_t>(ef_construction)), locks_(kLocks) {}

  // May run on many threads, for different slots.
  void link(Slot slot, WalkScratch& scratch) {
    const ByteCodes::Query query(flat_.vector_at(slot));
    const int top = std::min(graph_.level(slot), graph_.top_level());
    const auto read = [this](Slot of, int level, const auto& visit) {
      const std::lock_guard lock(lock_of(of));
      for (const Slot neighbour : graph_.neighbours(of, level)) visit(neighbour);
    };
    SlotHit here = descend(flat_.codes(), query, graph_, top, scratch, read);
    std::vector<std::vector<Slot>> chosen(static_cast<std::size_t>(top) + 1);
    for (int level = top; level >= 0; --level) {
      auto found = walk_level(
                       flat_.codes(), query, here, ef_construction_, SIZE_MAX, scratch,
                       [&](Slot of, const auto& visit) { read(of, level, visit); }, [](Slot) { return true; })
                       .take();
      here = found.front();
      rescore(flat_.vector_at(slot), vectors(), found, scratch);
      chosen[static_cast<std::size_t>(level)] = choose(slot, std::move(found), static_cast<std::size_t>(graph_.M()));
    }
    // Its own lists on all levels first: as soon as a neighbour links back, other threads walk down through this node.
    for (int level = top; level >= 0; --level) {
      const std::lock_guard lock(lock_of(slot));
      graph_.set_neighbours(slot, level, chosen[static_cast<std::size_t>(level)]);
    }
    for (int level = top; level >= 0; --level)
      for (const Slot neighbour : chosen[static_cast<std::size_t>(level)]) link_back(neighbour, level, slot);
  }

 private:
  static constexpr std::size_t kLocks = 4096;

  const float* vectors() const { return flat_.vectors().data(); }
  std::mutex& lock_of(Slot slot) { return locks_[slot % kLocks]; }

  void link_back(Slot from, int level, Slot to) {
    const std::lock_guard lock(lock_of(from));
    const auto known = graph_.neighbours(from, level);
    if (std::ranges::find(known, to) != known.end() || graph_.append_neighbour(from, level, to)) return;
    std::vector<Slot> slots(known.begin(), known.end());
    slots.push_back(to);
    std::vector<float> scores(slots.size());
    score_slots(flat_.vector_at(from), vectors(), slots, scores.data());
    std::vector<SlotHit> candidates(slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i) candidates[i] = {slots[i], scores[i]};
    graph_.set_neighbours(from, level, choose(from, std::move(candidates), graph_.capacity(level)));
  }

  // Algorithm 4: from the nearest on, a candidate is taken if it is nearer to the node than to any taken so far, so
  // that the links point in different directions. Copies of one vector need two more rules. They are taken in an order
  // of each node's own, or all would link to the same few; and they get a quarter of the list, or forty copies would be
  // an island without a way out.
  std::vector<Slot> choose(Slot node, std::vector<SlotHit> candidates, std::size_t limit) const {
    std::ranges::sort(candidates, [&](const SlotHit& a, const SlotHit& b) {
      return a.score != b.score ? a.score > b.score : shuffled(node, a.slot) < shuffled(node, b.slot);
    });
    std::vector<Slot> taken;
    std::vector<float> scores(limit);
    for (const SlotHit& candidate : candidates) {
      if (taken.size() == limit) break;
      if (candidate.slot == node) continue;
      score_slots(flat_.vector_at(candidate.slot), vectors(), taken, scores.data());
      bool is_diverse = true;
      std::size_t copies = 0;
      for (std::size_t i = 0; i < taken.size() && is_diverse; ++i) {
        if (scores[i] >= candidate.score &&
            std::ranges::equal(flat_.vector_at(candidate.slot), flat_.vector_at(taken[i])))
          is_diverse = ++copies < limit / 4;
        else
          is_diverse = scores[i] <= candidate.score;
      }
      if (is_diverse) taken.push_back(candidate.slot);
    }
    return taken;
  }

  static std::uint64_t shuffled(Slot node, Slot candidate) {
    std::uint64_t x = (std::uint64_t{node} << 32 | candidate) * 0x9e3779b97f4a7c15;
    return (x ^ x >> 32) * 0xbf58476d1ce4e5b9;
  }

  HnswGraph& graph_;
  const FlatStore& flat_;
  const std::size_t ef_construction_;
  std::vector<std::mutex> locks_;  // of the lists, by slot % kLocks
};

}  // namespace

void link_nodes(HnswGraph& graph, const FlatStore& flat, std::span<const Slot> slots, int ef_construction,
                int threads) {
  if (slots.empty()) return;
  // Shuffled, because pictures often come sorted by style, and a graph grown one cluster at a time is joined badly. The
  // highest node goes first and alone: from then on the entry stays the same, and threads need no lock for it.
  std::vector<Slot> order(slots.begin(), slots.end());
  Random(slots.size()).shuffle(std::span(order));
  std::iter_swap(order.begin(), std::ranges::max_element(order, {}, [&](Slot slot) { return graph.level(slot); }));
  Builder builder(graph, flat, ef_construction);
  WalkScratch scratch;
  if (graph.top_level() >= 0) builder.link(order.front(), scratch);
  if (graph.level(order.front()) > graph.top_level()) graph.set_entry(order.front());

  std::atomic<std::size_t> next = 1;
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    try {
      WalkScratch own;
      for (std::size_t i = next++; i < order.size(); i = next++) builder.link(order[i], own);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
    }
  };
  const auto workers = static_cast<std::size_t>(thread_count(threads));
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(workers, order.size()); ++i) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ootd
