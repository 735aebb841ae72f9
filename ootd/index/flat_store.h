// Exact search: a scan over all allowed vectors. The definition of right for the others, and the fastest under a tight
// filter. Cost: O(n dim), memory-bound: 140 bytes a row at 128-d, and 512 for the few rows that their codes leave in
// doubt.
#pragma once

#include "ootd/store/byte_codes.h"
#include "ootd/store/row_map.h"
#include "ootd/store/vector_store.h"

namespace ootd {

class FlatStore final : public VectorStore {
 public:
  explicit FlatStore(int dim);
  int dim() const override { return dim_; }
  std::size_t size() const override { return rows_.size(); }
  void put(std::span<const Row> rows, const Matrix& vectors) override;
  void put(Row row, std::span<const float> vector);
  void reserve(std::size_t rows);
  void erase(Row row) override;
  std::vector<Hit> search(std::span<const float> query, int k, const Bitmap* allowed = nullptr) const override;

  // In slot order; valid until the next put or erase.
  std::span<const Row> rows() const { return rows_; }
  const ByteCodes& codes() const { return codes_; }
  std::span<const float> vectors() const { return vectors_; }  // size() x dim()
  std::span<const float> vector(Row row) const;                // empty if unknown
  Slot slot(Row row) const { return slot_of_.find(row); }      // RowMap::kNone if unknown

 private:
  void check(Row row, std::span<const float> vector) const;  // throws if it cannot be stored

  int dim_;
  std::vector<Row> rows_;  // by slot; erase moves the last slot into the hole
  std::vector<float> vectors_;
  ByteCodes codes_;
  RowMap slot_of_;
};

}  // namespace ootd
