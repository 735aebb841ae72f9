#include "ootd/serve/shown_log.h"

#include <iterator>
#include <utility>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxWaiting = 10'000;  // some megabytes

}  // namespace

void ShownLog::add(std::vector<Event> cards) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() + cards.size() > kMaxWaiting)
    dropped_ += cards.size();
  else
    waiting_.insert(waiting_.end(), std::make_move_iterator(cards.begin()), std::make_move_iterator(cards.end()));
  if (!coming_) coming_ = write_later_([this] { write(); });  // no room: the next cards try again
}

void ShownLog::write() {
  std::vector<Event> cards;
  {
    const std::lock_guard lock(mutex_);
    cards.swap(waiting_);
    coming_ = false;
  }
  try {
    Catalog::Batch batch(catalog_);
    for (const Event& card : cards)
      if (catalog_.has_user(card.user) && catalog_.file_of(card.look)) catalog_.append_event(card);
    batch.commit();
  } catch (const Error&) {  // nobody waits for an answer: it is counted, and the next cards are logged again
    const std::lock_guard lock(mutex_);
    dropped_ += cards.size();
  }
}

std::uint64_t ShownLog::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace ootd
