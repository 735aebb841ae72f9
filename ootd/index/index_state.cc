#include "ootd/index/index_state.h"

#include <algorithm>
#include <cmath>

#include "ootd/index/score.h"
#include "ootd/index/top_k.h"

namespace ootd {
namespace {

// A unit vector's values take 32 of 63 bits: sums of two thousand million of them fit.
constexpr double kOne = 4294967296.0;

std::int64_t fixed(float value) { return std::llround(static_cast<double>(std::clamp(value, -1.0f, 1.0f)) * kOne); }

}  // namespace

IndexState::IndexState(std::shared_ptr<const IndexBase> base)
    : base_(std::move(base)),
      living_(Bitmap::of_first(base_->vectors.size())),
      living_count_(living_.count()),
      tail_(base_->vectors.dim()),
      cursor_(base_->cursor) {
  living_.for_each([&](Slot slot) { count_in(base_->vectors.vector_at(slot)); });
}

void IndexState::apply(const VectorLog::Changes& changes) {
  for (const auto& change : changes.changes) {
    if (const Place place = find(change.look); place.slot != KeyMap::kNone) {
      count_out(vector(change.look));
      if (!place.in_tail) {
        living_.remove(place.slot);
        --living_count_;
      }
    }
    if (change.erased) {
      tail_.erase(change.look);
    } else {
      if (size() == 0) tail_ = FlatStore(static_cast<int>(change.vector.size()));
      tail_.put(change.look, change.vector);
      count_in(change.vector);
    }
  }
  cursor_ = changes.cursor;
}

void IndexState::count_in(std::span<const float> vector) {
  if (sum_.size() != vector.size()) sum_.assign(vector.size(), 0);  // the first one
  for (std::size_t d = 0; d < vector.size(); ++d) sum_[d] += fixed(vector[d]);
}

void IndexState::count_out(std::span<const float> vector) {
  for (std::size_t d = 0; d < vector.size(); ++d) sum_[d] -= fixed(vector[d]);
}

std::vector<float> IndexState::mean() const {
  std::vector<float> mean(static_cast<std::size_t>(dim()));
  for (std::size_t d = 0; d < mean.size(); ++d)
    mean[d] = static_cast<float>(static_cast<double>(sum_[d]) / (kOne * static_cast<double>(size())));
  return mean;
}

int IndexState::dim() const {
  if (size() == 0) return 0;
  return living_count_ > 0 ? base_->vectors.dim() : tail_.dim();
}

Place IndexState::at(Slot of_base, LookKey look) const {
  if (living_.contains(of_base)) return {false, of_base};
  return {true, tail_.slot(look)};
}

std::span<const float> IndexState::vector(LookKey look) const {
  const Place place = find(look);
  if (place.slot == KeyMap::kNone) return {};
  return (place.in_tail ? tail_ : base_->vectors).vector_at(place.slot);
}

FlatStore IndexState::merged() const {
  std::vector<LookKey> looks(tail_.keys().begin(), tail_.keys().end());
  living_.for_each([&](Slot slot) { looks.push_back(base_->vectors.keys()[slot]); });
  std::ranges::sort(looks);
  FlatStore flat(dim());
  flat.reserve(looks.size());
  for (const LookKey look : looks) flat.put(look, vector(look));
  return flat;
}

std::vector<Hit> IndexState::search(std::span<const float> query, int k, const SlotSet* among) const {
  Matrix queries(1, query.size());
  std::ranges::copy(query, queries.row(0).begin());
  return std::move(search(queries, k, among).front());
}

std::vector<std::vector<Hit>> IndexState::search(const Matrix& queries, int k, const SlotSet* among) const {
  std::vector<std::vector<Hit>> hits(queries.rows());
  if (size() == 0) {  // no query has a wrong length yet
    check_query({}, 0, k);
    return hits;
  }
  for (std::size_t i = 0; i < hits.size(); ++i) check_query(queries.row(i), dim(), k);
  if (living_count_ > 0) {
    const bool all_live = living_count_ == base_->vectors.size();
    hits = base_->vectors.search(queries, k, among ? &among->base : all_live ? nullptr : &living_);
  }
  if (tail_.size() == 0) return hits;
  const auto newer = tail_.search(queries, k, among ? &among->tail : nullptr);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    hits[i].insert(hits[i].end(), newer[i].begin(), newer[i].end());
    std::ranges::sort(hits[i], better);
    hits[i].resize(std::min(hits[i].size(), static_cast<std::size_t>(k)));
  }
  return hits;
}

}  // namespace ootd
