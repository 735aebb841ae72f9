#include "ootd/index/index_view.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/index/index_state.h"

namespace ootd {

struct IndexView::Subset::Bits {
  std::shared_ptr<const IndexState> of;
  SlotSet slots;
};

IndexView::IndexView(Generation generation, std::shared_ptr<const IndexState> state)
    : generation_(std::move(generation)), state_(std::move(state)), mean_(state_->mean()) {}

int IndexView::dim() const { return state_->dim(); }
std::size_t IndexView::size() const { return state_->size(); }
std::span<const float> IndexView::vector(LookKey look) const { return state_->vector(look); }

IndexView::Subset IndexView::subset(SlotSet slots) const {
  Subset subset;
  subset.size_ = slots.count();
  subset.bits_ = std::make_shared<const Subset::Bits>(Subset::Bits{state_, std::move(slots)});
  return subset;
}

const SlotSet& IndexView::slots_of(const Subset& subset) const {
  static const SlotSet none;
  if (subset.bits_ == nullptr) return none;
  if (subset.bits_->of != state_)
    throw Error(Kind::kInternal, "a subset of one view of the index was given to another view");
  return subset.bits_->slots;
}

IndexView::Subset IndexView::all() const { return subset({state_->living(), Bitmap::of_first(state_->tail().size())}); }

IndexView::Subset IndexView::where(std::span<const LookKey> looks) const { return with({}, looks); }

IndexView::Subset IndexView::with(const Subset& other, std::span<const LookKey> looks) const {
  SlotSet slots = slots_of(other);
  Slot near = 0;
  for (const LookKey look : looks) {
    const Place place = state_->find(look, near);
    if (place.slot == KeyMap::kNone) continue;
    slots.part(place).add(place.slot);
    if (!place.in_tail) near = place.slot;
  }
  return subset(std::move(slots));
}

IndexView::Subset IndexView::except(const Subset& from, std::span<const LookKey> looks) const {
  SlotSet slots = slots_of(from);
  for (const LookKey look : looks) {
    const Place place = state_->find(look);
    slots.part(place).remove(place.slot);
  }
  return subset(std::move(slots));
}

IndexView::Subset IndexView::both(const Subset& a, const Subset& b) const {
  SlotSet slots = slots_of(a);
  const SlotSet& others = slots_of(b);
  slots.base.intersect(others.base);
  slots.tail.intersect(others.tail);
  return subset(std::move(slots));
}

IndexView::Subset IndexView::latest(std::size_t n) const {
  std::vector<LookKey> looks(state_->tail().keys().begin(), state_->tail().keys().end());
  const auto base = state_->base().vectors.keys();  // mostly ascending
  for (std::size_t i = base.size(), taken = 0; i-- > 0 && taken < n;)
    if (state_->living().contains(static_cast<Slot>(i))) looks.push_back(base[i]), ++taken;
  n = std::min(n, looks.size());
  std::ranges::nth_element(looks, looks.begin() + static_cast<std::ptrdiff_t>(n), std::greater());
  looks.resize(n);
  return where(looks);
}

bool IndexView::has(const Subset& subset, LookKey look) const { return slots_of(subset).contains(state_->find(look)); }

std::vector<LookKey> IndexView::looks(const Subset& subset) const {
  const SlotSet& slots = slots_of(subset);
  std::vector<LookKey> looks;
  looks.reserve(subset.size());
  slots.base.for_each([&](Slot slot) { looks.push_back(state_->base().vectors.keys()[slot]); });
  slots.tail.for_each([&](Slot slot) { looks.push_back(state_->tail().keys()[slot]); });
  return looks;
}

std::vector<Hit> IndexView::search(std::span<const float> query, int k, const Subset* among) const {
  return state_->search(query, k, among ? &slots_of(*among) : nullptr);
}

std::vector<std::vector<Hit>> IndexView::search(const Matrix& queries, int k, const Subset* among) const {
  return state_->search(queries, k, among ? &slots_of(*among) : nullptr);
}

std::vector<LookKey> IndexView::sample(const Subset& among, int n, Random& random) const {
  if (n < 0) throw Error(Kind::kInput, "n is " + std::to_string(n) + ", but must not be negative");
  constexpr std::size_t kThin = 16;  // one slot in so many: a draw costs some ten times the look at a word of 64 slots
  const SlotSet& slots = slots_of(among);
  const auto base = state_->base().vectors.keys(), tail = state_->tail().keys();
  const std::size_t wanted = std::min(static_cast<std::size_t>(n), among.size());
  std::vector<LookKey> looks;
  looks.reserve(wanted);
  std::unordered_set<std::size_t> taken;
  if (2 * wanted <= among.size() && kThin * among.size() >= base.size() + tail.size()) {
    while (looks.size() < wanted) {
      const std::size_t drawn = random.below(base.size() + tail.size());
      const bool in_tail = drawn >= base.size();
      const auto slot = static_cast<Slot>(in_tail ? drawn - base.size() : drawn);
      if (slots.contains({in_tail, slot}) && taken.insert(drawn).second) looks.push_back((in_tail ? tail : base)[slot]);
    }
    return looks;
  }
  // So many different places of the list that the subset would be (Floyd's algorithm, Bentley 1987) ...
  for (std::size_t last = among.size() - wanted; last < among.size(); ++last)
    if (const std::size_t drawn = random.below(last + 1); !taken.insert(drawn).second) taken.insert(last);
  std::vector<std::size_t> ranks(taken.begin(), taken.end());
  std::ranges::sort(ranks);
  // ... and what stands there.
  const std::size_t in_base = slots.base.count();
  const auto first_of_tail = std::ranges::lower_bound(ranks, in_base);
  std::for_each(first_of_tail, ranks.end(), [&](std::size_t& rank) { rank -= in_base; });
  slots.base.for_each_of({ranks.begin(), first_of_tail}, [&](Slot slot) { looks.push_back(base[slot]); });
  slots.tail.for_each_of({first_of_tail, ranks.end()}, [&](Slot slot) { looks.push_back(tail[slot]); });
  random.shuffle(std::span(looks));
  return looks;
}

}  // namespace ootd
