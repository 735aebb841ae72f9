#include "ootd/taste/people.h"

namespace ootd {
namespace {

constexpr std::size_t kMostDealt = 500;  // a page holds some ten cards

}  // namespace

People::Asked People::ask(const std::string& user, const std::shared_ptr<const CopyGroups>& copies) {
  std::shared_ptr<Person> person;
  {
    const std::lock_guard lock(finding_);
    if (const auto known = places_.find(user); known != places_.end()) {
      entries_.splice(entries_.begin(), entries_, known->second);
    } else {
      entries_.push_front({user, std::make_shared<Person>()});
      places_.emplace(user, entries_.begin());
      if (entries_.size() > most_people_) {
        places_.erase(entries_.back().user);
        entries_.pop_back();
      }
    }
    person = entries_.front().person;
  }
  Asked asked(*this, user, std::move(person));
  asked.refresh(copies);
  return asked;
}

People::Asked::Asked(const People& people, std::string user, std::shared_ptr<Person> person)
    : people_(&people), user_(std::move(user)), person_(std::move(person)), lock_(person_->asked) {}

void People::Asked::refresh(std::shared_ptr<const CopyGroups> copies) {
  // Read first: what goes between the two reads makes the next one begin anew.
  const auto erasures = people_->log_.erasures();
  if (erasures != person_->erasures || copies != person_->swipes.copies()) {
    if (erasures != person_->erasures) person_->dealt.clear();
    person_->swipes = Swipes(std::move(copies));
    person_->counted = 0;
    person_->view.reset();
    person_->erasures = erasures;
  }
  const auto events = people_->log_.events(user_, person_->swipes.last_event());
  for (const Event& event : events) person_->dealt.erase(event.look);
  person_->swipes.fold(events);
}

const Seen& People::Asked::seen(const std::shared_ptr<const IndexView>& view) {
  Person& person = *person_;
  const auto standing = person.swipes.standing();
  const bool goes_on = person.view.lock() == view && person.counted <= standing.size() &&
                       (person.counted == 0 || standing[person.counted - 1].event == person.last_counted);
  if (goes_on) {
    std::vector<LookKey> since;
    for (const Swipe& swipe : standing.subspan(person.counted)) since.push_back(swipe.look);
    add_copies(since, person.swipes.copies().get());
    if (!since.empty())
      person.seen = {view->with(person.seen.seen, since), view->except(person.seen.unseen, since), person.seen.copies};
  } else {
    person.seen = seen_of(*view, person.swipes);
  }
  person.view = view;
  person.counted = standing.size();
  person.last_counted = standing.empty() ? 0 : standing.back().event;
  return person.seen;
}

void People::Asked::remember(std::span<const Card> cards) {
  if (person_->dealt.size() + cards.size() > kMostDealt) person_->dealt.clear();
  for (const Card& card : cards) person_->dealt.insert_or_assign(card.key, card.deal);
}

std::optional<Deal> People::Asked::deal_of(LookKey look) const {
  const auto deal = person_->dealt.find(look);
  return deal == person_->dealt.end() ? std::nullopt : std::optional(deal->second);
}

}  // namespace ootd
