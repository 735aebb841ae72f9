#include "ootd/store/hnsw_store.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>

#include "ootd/base/error.h"
#include "ootd/store/hnsw_build.h"
#include "ootd/store/hnsw_walk.h"

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

void HnswStore::put(std::span<const Row> rows, const Matrix& vectors) {
  flat_.put(rows, vectors);
  graph_.grow(flat_.size());
  std::vector<Slot> slots;
  slots.reserve(rows.size());
  for (const Row row : rows) {
    slots.push_back(flat_.slot(row));
    if (!erased_.contains(row)) continue;
    erased_.remove(row);
    --erased_count_;
  }
  std::ranges::sort(slots);
  slots.erase(std::ranges::unique(slots).begin(), slots.end());
  link_nodes(graph_, flat_, slots, params_.ef_construction, params_.build_threads);
}

void HnswStore::erase(Row row) {
  if (flat_.vector(row).empty() || erased_.contains(row)) return;
  erased_.add(row);
  ++erased_count_;
}

std::vector<Hit> HnswStore::search(std::span<const float> query, int k, const Bitmap* allowed) const {
  auto found = walk(query, k, std::max(params_.ef_search, k), allowed);
  if (found.hits.size() >= std::min(static_cast<std::size_t>(k), size())) return std::move(found.hits);
  // Few rows are allowed, or the graph does not reach them: only a scan knows.
  if (allowed == nullptr && erased_count_ == 0) return flat_.search(query, k);
  Bitmap living;
  for (const Row row : flat_.rows())
    if (!erased_.contains(row) && (allowed == nullptr || allowed->contains(row))) living.add(row);
  return flat_.search(query, k, &living);
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
    const Hit start = descend(flat_.codes(), query_code, graph_, 0, scratch, read);
    return walk_level(flat_.codes(), query_code, start, static_cast<std::size_t>(ef), max_scored, scratch, read_ground,
                      accept)
        .take();
  };
  const auto rows = flat_.rows();
  if (allowed != nullptr)
    walk.hits = run([&](Slot slot) { return allowed->contains(rows[slot]) && !erased_.contains(rows[slot]); });
  else if (erased_count_ > 0)
    walk.hits = run([&](Slot slot) { return !erased_.contains(rows[slot]); });
  else
    walk.hits = run([](Slot) { return true; });
  walk.scored = scratch.scored;
  walk.complete = scratch.scored < max_scored;
  rescore(query, flat_.vectors().data(), walk.hits, scratch);
  for (Hit& hit : walk.hits) hit.row = rows[hit.row];
  std::ranges::sort(walk.hits, better);  // ties by row now, no longer by slot
  walk.hits.resize(std::min(walk.hits.size(), static_cast<std::size_t>(k)));
  return walk;
}

}  // namespace ootd
