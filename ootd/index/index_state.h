// What one view sees: an immutable base and a small exact tail of newer looks. A look lies in one of the two.
// Threads: search() and the other const functions may run on many threads; a published state is never changed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ootd/catalog/vectors.h"
#include "ootd/index/index_base.h"
#include "ootd/index/index_view.h"

namespace ootd {

// Where a state holds a look: a slot of its base or of its tail, or nowhere.
struct Place {
  bool in_tail = false;
  Slot slot = KeyMap::kNone;
};

// Some of a state's looks.
struct SlotSet {
  Bitmap base, tail;

  Bitmap& part(const Place& place) { return place.in_tail ? tail : base; }
  bool contains(const Place& place) const { return (place.in_tail ? tail : base).contains(place.slot); }
  std::size_t count() const { return base.count() + tail.count(); }
};

class IndexState {
 public:
  IndexState() : IndexState(std::make_shared<IndexBase>()) {}
  explicit IndexState(std::shared_ptr<const IndexBase> base);

  // changes: those after cursor().
  void apply(const VectorLog::Changes& changes);

  std::size_t size() const { return living_count_ + tail_.size(); }
  int dim() const;  // 0 while it is empty
  Place find(LookKey look) const { return at(base_->vectors.slot(look), look); }
  // The same, quicker for one after the other of rising keys. near: the base's slot of the one before.
  Place find(LookKey look, Slot near) const { return at(base_->vectors.slot(look, near), look); }
  std::span<const float> vector(LookKey look) const;           // empty if unknown
  const VectorLog::Cursor& cursor() const { return cursor_; }  // the feed's changes up to it are in here
  std::vector<float> mean() const;                             // of all vectors: [dim()]

  const IndexBase& base() const { return *base_; }
  const Bitmap& living() const { return living_; }  // slots of the base that are neither erased nor replaced since
  std::size_t living_count() const { return living_count_; }
  const FlatStore& tail() const { return tail_; }
  // All looks in one store, by key, so that rising keys are found quickly.
  FlatStore merged() const;

  // As IndexView::search.
  std::vector<Hit> search(std::span<const float> query, int k, const SlotSet* among) const;
  std::vector<std::vector<Hit>> search(const Matrix& queries, int k, const SlotSet* among) const;

 private:
  Place at(Slot of_base, LookKey look) const;
  void count_in(std::span<const float> vector);
  void count_out(std::span<const float> vector);

  std::shared_ptr<const IndexBase> base_;
  Bitmap living_;
  std::size_t living_count_ = 0;
  FlatStore tail_{0};
  // The sum of all vectors in fixed point, so that it is the same whichever way they came and went.
  std::vector<std::int64_t> sum_;
  VectorLog::Cursor cursor_;
};

}  // namespace ootd
