#include "ootd/index/flat_store.h"

#include <algorithm>
#include <array>
#include <string>

#include "ootd/base/error.h"
#include "ootd/index/score.h"
#include "ootd/index/top_k.h"

namespace ootd {
namespace {

// Scores slots a block at a time: by their codes first, and those that may be among the best by their floats.
class Scan {
 public:
  Scan(std::span<const float> query, const FlatStore& store, int k)
      : query_(query), query_code_(query), store_(store), best_(std::min(static_cast<std::size_t>(k), store.size())) {}

  void add(Slot slot) {
    slots_[filled_++] = slot;
    if (filled_ == kBlock) flush();
  }
  std::vector<Hit> finish() {
    flush();
    return best_.take();
  }

 private:
  static constexpr std::size_t kBlock = 256;

  void flush() {
    if (best_.full()) {
      store_.codes().bound_scores(query_code_, std::span(slots_).first(filled_), scores_.data());
      std::size_t kept = 0;
      for (std::size_t i = 0; i < filled_; ++i) {
        slots_[kept] = slots_[i];
        kept += scores_[i] >= best_.worst() ? 1u : 0u;
      }
      filled_ = kept;
    }
    score_slots(query_, store_.vectors().data(), std::span(slots_).first(filled_), scores_.data());
    const auto keys = store_.keys();
    for (std::size_t i = 0; i < filled_; ++i)
      if (!best_.full() || scores_[i] >= best_.worst()) best_.offer({keys[slots_[i]], scores_[i]});
    filled_ = 0;
  }

  const std::span<const float> query_;
  const ByteCodes::Query query_code_;
  const FlatStore& store_;
  TopK<Hit> best_;
  std::size_t filled_ = 0;
  std::array<Slot, kBlock> slots_;
  std::array<float, kBlock> scores_;
};

}  // namespace

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
  Scan scan(query, *this, k);
  const auto slots = static_cast<Slot>(size());
  if (allowed == nullptr) {
    for (Slot slot = 0; slot < slots; ++slot) scan.add(slot);
  } else {
    allowed->for_each([&](Slot slot) {
      if (slot < slots) scan.add(slot);
    });
  }
  return scan.finish();
}

std::span<const float> FlatStore::vector(LookKey key) const {
  const Slot slot = keys_.find(key);
  return slot == KeyMap::kNone ? std::span<const float>() : vector_at(slot);
}

}  // namespace ootd
