#include "ootd/index/hnsw_store.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>

#include "ootd/base/error.h"
#include "ootd/index/hnsw_build.h"
#include "ootd/index/hnsw_walk.h"

namespace ootd {
namespace {

void check_range(const char* name, int value, int low, int high) {
  if (value < low || value > high)
    throw Error(Kind::kInput, std::string(name) + " is " + std::to_string(value) + ", but must be " +
                                  std::to_string(low) + " to " + std::to_string(high));
}

HnswParams checked(HnswParams params) {
  check_params(params);
  return params;
}

}  // namespace

void check_params(const HnswParams& params) {
  check_range("M", params.M, 4, 128);
  check_range("ef_construction", params.ef_construction, params.M, 10'000);
  check_range("ef_search", params.ef_search, 1, 100'000);
  check_range("build_threads", params.build_threads, 0, 1024);
}

HnswStore::HnswStore(FlatStore vectors, HnswParams params)
    : params_(checked(params)), flat_(std::move(vectors)), graph_(params.M), pool_(std::make_shared<ScratchPool>()) {
  graph_.grow(flat_.size());
  std::vector<Slot> slots(flat_.size());
  std::iota(slots.begin(), slots.end(), Slot{0});
  link_nodes(graph_, flat_, slots, params_.ef_construction, params_.build_threads);
}

HnswStore::HnswStore(FlatStore vectors, HnswGraph graph, HnswParams params)
    : params_(checked(params)),
      flat_(std::move(vectors)),
      graph_(std::move(graph)),
      pool_(std::make_shared<ScratchPool>()) {
  assert(graph_.size() == flat_.size() && graph_.M() == params_.M);
}

void HnswStore::put(std::span<const LookKey> keys, const Matrix& vectors) {
  flat_.put(keys, vectors);
  graph_.grow(flat_.size());
  std::vector<Slot> slots;
  slots.reserve(keys.size());
  for (const LookKey key : keys) {
    const Slot slot = flat_.slot(key);
    slots.push_back(slot);
    if (!erased_.contains(slot)) continue;
    erased_.remove(slot);
    --erased_count_;
  }
  std::ranges::sort(slots);
  slots.erase(std::ranges::unique(slots).begin(), slots.end());
  link_nodes(graph_, flat_, slots, params_.ef_construction, params_.build_threads);
}

void HnswStore::erase(LookKey key) {
  const Slot slot = flat_.slot(key);
  if (slot == KeyMap::kNone || erased_.contains(slot)) return;
  erased_.add(slot);
  ++erased_count_;
}

Bitmap HnswStore::living() const { return Bitmap::of_first(flat_.size()).subtract(erased_); }

std::vector<Hit> HnswStore::search(std::span<const float> query, int k, const Bitmap* allowed) const {
  auto found = walk(query, k, std::max(params_.ef_search, k), allowed);
  if (found.hits.size() >= std::min(static_cast<std::size_t>(k), size())) return std::move(found.hits);
  // Few are allowed, or the graph does not reach them: only a scan knows.
  if (allowed != nullptr) {
    const Bitmap both = Bitmap(*allowed).subtract(erased_);
    return flat_.search(query, k, &both);
  }
  const Bitmap all = living();
  return flat_.search(query, k, &all);
}

HnswStore::Walk HnswStore::walk(std::span<const float> query, int k, int ef, const Bitmap* allowed,
                                std::size_t max_scored) const {
  check_query(query, dim(), k);
  Walk walk;
  if (k == 0 || flat_.size() == 0) return walk;
  ScratchPool::Loan loan(*pool_);
  WalkScratch& scratch = *loan;
  scratch.scored = 0;
  const auto read = [this](Slot slot, int level, const auto& visit) {
    for (const Slot neighbour : graph_.neighbours(slot, level)) visit(neighbour);
  };
  const auto read_ground = [&](Slot slot, const auto& visit) { read(slot, 0, visit); };
  const ByteCodes::Query query_code(query);
  const auto run = [&](const auto& accept) {
    const SlotHit start = descend(flat_.codes(), query_code, graph_, 0, scratch, read);
    return walk_level(flat_.codes(), query_code, start, static_cast<std::size_t>(ef), max_scored, scratch, read_ground,
                      accept)
        .take();
  };
  std::vector<SlotHit> met;
  if (allowed != nullptr)
    met = run([&](Slot slot) { return allowed->contains(slot) && !erased_.contains(slot); });
  else if (erased_count_ > 0)
    met = run([&](Slot slot) { return !erased_.contains(slot); });
  else
    met = run([](Slot) { return true; });
  walk.scored = scratch.scored;
  walk.complete = scratch.scored < max_scored;
  rescore(query, flat_.vectors().data(), met, scratch);
  walk.hits.reserve(met.size());
  for (const SlotHit& hit : met) walk.hits.push_back({flat_.keys()[hit.slot], hit.score});
  std::ranges::sort(walk.hits, better);
  walk.hits.resize(std::min(walk.hits.size(), static_cast<std::size_t>(k)));
  return walk;
}

}  // namespace ootd
