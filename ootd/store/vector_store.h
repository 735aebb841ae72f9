// Rows with unit vectors of dim() floats; score = inner product = cosine, larger is nearer.
// Threads: search() may run beside other searches on many threads; put() and erase() need the store for themselves.
#pragma once

#include <span>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/base/matrix.h"
#include "ootd/store/bitmap.h"

namespace ootd {

struct Hit {
  Row row = 0;
  float score = 0;
  friend bool operator==(const Hit&, const Hit&) = default;
};

class VectorStore {
 public:
  virtual ~VectorStore() = default;
  virtual int dim() const = 0;
  virtual std::size_t size() const = 0;
  // Replaces the vectors of known rows. vectors: rows.size() x dim().
  virtual void put(std::span<const Row> rows, const Matrix& vectors) = 0;
  virtual void erase(Row row) = 0;  // unknown rows are ignored
  // Best first, ties by lower row; fewer than k hits only if fewer rows are allowed (null = all rows are).
  // Throws Error(kInput) if the query's length is not dim() or k < 0.
  virtual std::vector<Hit> search(std::span<const float> query, int k, const Bitmap* allowed = nullptr) const = 0;
};

}  // namespace ootd
