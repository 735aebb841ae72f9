#include "ootd/store/flat_store.h"

#include <algorithm>
#include <array>
#include <string>

#include "ootd/base/error.h"
#include "ootd/store/score.h"
#include "ootd/store/top_k.h"

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
    const auto rows = store_.rows();
    for (std::size_t i = 0; i < filled_; ++i)
      if (!best_.full() || scores_[i] >= best_.worst()) best_.offer({rows[slots_[i]], scores_[i]});
    filled_ = 0;
  }

  const std::span<const float> query_;
  const ByteCodes::Query query_code_;
  const FlatStore& store_;
  TopK best_;
  std::size_t filled_ = 0;
  std::array<Slot, kBlock> slots_;
  std::array<float, kBlock> scores_;
};

}  // namespace

FlatStore::FlatStore(int dim) : dim_(dim), codes_(static_cast<std::size_t>(std::max(dim, 0))) {
  if (dim < 0) throw Error(Kind::kInput, "a vector cannot have " + std::to_string(dim) + " values");
}

void FlatStore::put(std::span<const Row> rows, const Matrix& vectors) {
  if (vectors.rows() != rows.size())
    throw Error(Kind::kInput,
                std::to_string(vectors.rows()) + " vectors were given for " + std::to_string(rows.size()) + " rows");
  for (std::size_t i = 0; i < rows.size(); ++i) check(rows[i], vectors.row(i));  // all or nothing
  for (std::size_t i = 0; i < rows.size(); ++i) put(rows[i], vectors.row(i));
}

void FlatStore::put(Row row, std::span<const float> vector) {
  check(row, vector);
  Slot slot = slot_of_.find(row);
  if (slot == RowMap::kNone) {
    slot = static_cast<Slot>(rows_.size());
    slot_of_.set(row, slot);
    rows_.push_back(row);
    vectors_.resize(vectors_.size() + vector.size());
  }
  std::ranges::copy(vector, vectors_.begin() + static_cast<std::ptrdiff_t>(slot) * dim_);
  codes_.set(slot, vector);
}

void FlatStore::check(Row row, std::span<const float> vector) const {
  if (vector.size() != static_cast<std::size_t>(dim_))
    throw Error(Kind::kInput, "the vector of row " + std::to_string(row) + " has " + std::to_string(vector.size()) +
                                  " values, but those stored have " + std::to_string(dim_));
  if (!can_be_scored(vector))
    throw Error(Kind::kInput,
                "the vector of row " + std::to_string(row) + " has values that are not finite or far too large");
}

void FlatStore::reserve(std::size_t rows) {
  rows_.reserve(rows);
  vectors_.reserve(rows * static_cast<std::size_t>(dim_));
  codes_.reserve(rows);
}

void FlatStore::erase(Row row) {
  const Slot slot = slot_of_.find(row);
  if (slot == RowMap::kNone) return;
  const auto dim = static_cast<std::size_t>(dim_);
  const Row last = rows_.back();
  std::copy_n(vectors_.end() - dim_, dim, vectors_.begin() + static_cast<std::ptrdiff_t>(slot) * dim_);
  codes_.move(static_cast<Slot>(rows_.size() - 1), slot);
  codes_.drop_last();
  rows_[slot] = last;
  slot_of_.set(last, slot);
  slot_of_.remove(row);
  rows_.pop_back();
  vectors_.resize(vectors_.size() - dim);
}

std::vector<Hit> FlatStore::search(std::span<const float> query, int k, const Bitmap* allowed) const {
  check_query(query, dim_, k);
  if (k == 0) return {};
  Scan scan(query, *this, k);
  if (allowed == nullptr) {
    for (Slot slot = 0; slot < rows_.size(); ++slot) scan.add(slot);
  } else if (allowed->count() < rows_.size()) {
    allowed->for_each([&](Row row) {
      if (const Slot slot = slot_of_.find(row); slot != RowMap::kNone) scan.add(slot);
    });
  } else {
    for (Slot slot = 0; slot < rows_.size(); ++slot)
      if (allowed->contains(rows_[slot])) scan.add(slot);
  }
  return scan.finish();
}

std::span<const float> FlatStore::vector(Row row) const {
  const Slot slot = slot_of_.find(row);
  if (slot == RowMap::kNone) return {};
  return std::span(vectors_).subspan(std::size_t{slot} * static_cast<std::size_t>(dim_),
                                     static_cast<std::size_t>(dim_));
}

}  // namespace ootd
