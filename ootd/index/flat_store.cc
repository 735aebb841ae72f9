#include "ootd/index/flat_store.h"

#include <algorithm>
#include <array>
#include <string>

#include "ootd/base/error.h"
#include "ootd/index/score.h"
#include "ootd/index/top_k.h"

namespace ootd {
namespace {

constexpr std::size_t kScanBlock = 256;     // slots whose codes stay in the processor's cache from query to query
constexpr std::size_t kQueriesAtOnce = 16;  // whose heaps do too

}  // namespace

// The best of one query so far.
class Ranking {
 public:
  Ranking(std::span<const float> query, const FlatStore& store, int k)
      : query_(query), query_code_(query), best_(std::min(static_cast<std::size_t>(k), store.size())) {}

  // Scores slots by their codes first, and those that may be among the best by their floats.
  void offer(const FlatStore& store, const ByteCodes& codes, std::span<const Slot> slots) {
    std::array<Slot, kScanBlock> kept;
    std::array<float, kScanBlock> scores;
    if (best_.full()) {
      codes.bound_scores(query_code_, slots, scores.data());
      std::size_t count = 0;
      for (std::size_t i = 0; i < slots.size(); ++i) {
        kept[count] = slots[i];
        count += scores[i] >= best_.worst() ? 1u : 0u;
      }
      slots = std::span(kept).first(count);
    }
    score_slots(query_, store.vectors().data(), slots, scores.data());
    const auto keys = store.keys();
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (!best_.full() || scores[i] >= best_.worst()) best_.offer({keys[slots[i]], scores[i]});
  }
  std::vector<Hit> take() { return best_.take(); }

 private:
  const std::span<const float> query_;
  const ByteCodes::Query query_code_;
  TopK<Hit> best_;
};

FlatStore::FlatStore(int dim) : dim_(dim), codes_(static_cast<std::size_t>(std::max(dim, 0))) {
  if (dim < 0) throw Error(Kind::kInput, "a vector cannot have " + std::to_string(dim) + " values");
}

void FlatStore::put(std::span<const LookKey> keys, const Matrix& vectors) {
  if (vectors.rows() != keys.size())
    throw Error(Kind::kInput,
                std::to_string(vectors.rows()) + " vectors were given for " + std::to_string(keys.size()) + " looks");
  for (std::size_t i = 0; i < keys.size(); ++i) check(keys[i], vectors.row(i));  // all or nothing
  for (std::size_t i = 0; i < keys.size(); ++i) put(keys[i], vectors.row(i));
}

void FlatStore::put(LookKey key, std::span<const float> vector) {
  check(key, vector);
  Slot slot = keys_.find(key);
  if (slot == KeyMap::kNone) {
    slot = keys_.add(key);
    vectors_.resize(vectors_.size() + vector.size());
  }
  std::ranges::copy(vector, vectors_.begin() + static_cast<std::ptrdiff_t>(slot) * dim_);
  codes_.set(slot, vector);
}

void FlatStore::check(LookKey key, std::span<const float> vector) const {
  if (vector.size() != static_cast<std::size_t>(dim_))
    throw Error(Kind::kInput, "the vector of look " + to_string(key) + " has " + std::to_string(vector.size()) +
                                  " values, but those stored have " + std::to_string(dim_));
  if (!can_be_scored(vector))
    throw Error(Kind::kInput,
                "the vector of look " + to_string(key) + " has values that are not finite or far too large");
}

void FlatStore::reserve(std::size_t vectors) {
  keys_.reserve(vectors);
  vectors_.reserve(vectors * static_cast<std::size_t>(dim_));
  codes_.reserve(vectors);
}

void FlatStore::erase(LookKey key) {
  const Slot slot = keys_.find(key);
  if (slot == KeyMap::kNone) return;
  const auto last = static_cast<Slot>(size() - 1);
  std::ranges::copy(vector_at(last), vectors_.begin() + static_cast<std::ptrdiff_t>(slot) * dim_);
  vectors_.resize(vectors_.size() - static_cast<std::size_t>(dim_));
  codes_.move(last, slot);
  codes_.drop_last();
  keys_.remove(slot);
}

std::vector<Hit> FlatStore::search(std::span<const float> query, int k, const Bitmap* allowed) const {
  check_query(query, dim_, k);
  if (k == 0) return {};
  Ranking ranking(query, *this, k);
  scan({&ranking, 1}, allowed);
  return ranking.take();
}

std::vector<std::vector<Hit>> FlatStore::search(const Matrix& queries, int k, const Bitmap* allowed) const {
  std::vector<std::vector<Hit>> hits(queries.rows());
  for (std::size_t i = 0; i < hits.size(); ++i) check_query(queries.row(i), dim_, k);
  if (k == 0) return hits;
  for (std::size_t begin = 0; begin < hits.size(); begin += kQueriesAtOnce) {
    const std::size_t end = std::min(begin + kQueriesAtOnce, hits.size());
    std::vector<Ranking> rankings;
    rankings.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) rankings.emplace_back(queries.row(i), *this, k);
    scan(rankings, allowed);
    for (std::size_t i = begin; i < end; ++i) hits[i] = rankings[i - begin].take();
  }
  return hits;
}

void FlatStore::scan(std::span<Ranking> rankings, const Bitmap* allowed) const {
  std::array<Slot, kScanBlock> slots;
  std::size_t filled = 0;
  const auto flush = [&] {
    for (Ranking& ranking : rankings) ranking.offer(*this, codes_, std::span(slots).first(filled));
    filled = 0;
  };
  const auto add = [&](Slot slot) {
    slots[filled++] = slot;
    if (filled == kScanBlock) flush();
  };
  const auto end = static_cast<Slot>(size());
  if (allowed == nullptr) {
    for (Slot slot = 0; slot < end; ++slot) add(slot);
  } else {
    allowed->for_each([&](Slot slot) {
      if (slot < end) add(slot);
    });
  }
  flush();
}

std::span<const float> FlatStore::vector(LookKey key) const {
  const Slot slot = keys_.find(key);
  return slot == KeyMap::kNone ? std::span<const float>() : vector_at(slot);
}

}  // namespace ootd
