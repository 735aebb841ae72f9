// What one search sees: an immutable base and a small exact tail of newer rows. A row lies in one of the two.
// Threads: search() and the other const functions may run on many threads; a published state is never changed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ootd/store/catalog.h"
#include "ootd/store/index_base.h"

namespace ootd {

class IndexState {
 public:
  IndexState() : IndexState(std::make_shared<IndexBase>()) {}
  explicit IndexState(std::shared_ptr<const IndexBase> base);

  void apply(const Catalog::Change& change);

  std::size_t size() const { return living_count_ + tail_.size(); }
  int dim() const;                               // 0 while it is empty
  std::span<const float> vector(Row row) const;  // empty if unknown
  Bitmap rows() const;
  std::int64_t sequence() const { return sequence_; }  // all changes of the catalog up to it are in here
  const IndexBase& base() const { return *base_; }
  bool is_living(Row row) const { return living_.contains(row); }  // in the base, and neither erased nor replaced since
  std::size_t living_count() const { return living_count_; }
  const FlatStore& tail() const { return tail_; }
  // All rows in one store, by row: a scan under a filter then reads memory upwards.
  FlatStore merged() const;

  // As SearchIndex::search.
  std::vector<Hit> search(std::span<const float> query, int k, const Bitmap* allowed) const;

 private:
  std::vector<Hit> search_base(std::span<const float> query, int k, const Bitmap* allowed) const;

  std::shared_ptr<const IndexBase> base_;
  Bitmap living_;
  std::size_t living_count_ = 0;
  FlatStore tail_{0};
  std::int64_t sequence_ = 0;
};

}  // namespace ootd
