#include "ootd/store/index_state.h"

#include <algorithm>

#include "ootd/store/score.h"
#include "ootd/store/top_k.h"

namespace ootd {

IndexState::IndexState(std::shared_ptr<const IndexBase> base)
    : base_(std::move(base)), tail_(base_->vectors().dim()), sequence_(base_->sequence) {
  for (const Row row : base_->vectors().rows()) living_.add(row);
  if (base_->graph) living_.subtract(base_->graph->erased());
  living_count_ = living_.count();
}

void IndexState::apply(const Catalog::Change& change) {
  if (living_.contains(change.row)) {
    living_.remove(change.row);
    --living_count_;
  }
  if (change.erased) {
    tail_.erase(change.row);
  } else {
    if (size() == 0) tail_ = FlatStore(static_cast<int>(change.vector.size()));
    tail_.put(change.row, change.vector);
  }
  sequence_ = change.sequence;
}

int IndexState::dim() const {
  if (size() == 0) return 0;
  return living_count_ > 0 ? base_->vectors().dim() : tail_.dim();
}

std::span<const float> IndexState::vector(Row row) const {
  return living_.contains(row) ? base_->vectors().vector(row) : tail_.vector(row);
}

Bitmap IndexState::rows() const {
  Bitmap rows = living_;
  for (const Row row : tail_.rows()) rows.add(row);
  return rows;
}

FlatStore IndexState::merged() const {
  std::vector<Row> rows(tail_.rows().begin(), tail_.rows().end());
  living_.for_each([&](Row row) { rows.push_back(row); });
  std::ranges::sort(rows);
  FlatStore flat(dim());
  flat.reserve(rows.size());
  for (const Row row : rows) flat.put(row, vector(row));
  return flat;
}

std::vector<Hit> IndexState::search(std::span<const float> query, int k, const Bitmap* allowed) const {
  if (size() == 0) {  // no query has a wrong length yet
    check_query({}, 0, k);
    return {};
  }
  check_query(query, dim(), k);
  auto hits = living_count_ > 0 ? search_base(query, k, allowed) : std::vector<Hit>();
  if (tail_.size() == 0) return hits;
  const auto newer = tail_.search(query, k, allowed);
  hits.insert(hits.end(), newer.begin(), newer.end());
  std::ranges::sort(hits, better);
  hits.resize(std::min(hits.size(), static_cast<std::size_t>(k)));
  return hits;
}

std::vector<Hit> IndexState::search_base(std::span<const float> query, int k, const Bitmap* allowed) const {
  const FlatStore& vectors = base_->vectors();
  Bitmap both;
  std::size_t count = living_count_;
  if (allowed != nullptr) {
    both = *allowed;
    both &= living_;
    count = both.count();
    allowed = &both;
  } else if (count < vectors.size()) {
    allowed = &living_;
  }
  if (base_->graph) {
    const Walking walking = plan_walk(base_->plan, k, count, living_count_);
    if (walking.ef > 0) {
      auto walk = base_->graph->walk(query, k, walking.ef, allowed, walking.max_scored);
      if (walk.complete && walk.hits.size() == std::min(static_cast<std::size_t>(k), count))
        return std::move(walk.hits);
    }
  }
  return vectors.search(query, k, allowed);
}

}  // namespace ootd
