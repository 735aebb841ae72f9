// What is known of the people of a service, kept up to date from their events: nobody's events are read twice while the
// person is remembered.
// Threads: any. Requests for one person wait for one another; those for different people do not.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "ootd/taste/deck.h"

namespace ootd {

class People {
 public:
  // Remembers so many people, and forgets first who was not asked for the longest. log: outlives this.
  explicit People(const EventLog& log, std::size_t most_people = 10'000) : log_(log), most_people_(most_people) {}

 private:
  struct Person {
    std::mutex asked;  // guards all below
    Swipes swipes;
    std::int64_t erasures = -1;  // of the log, when the events were read
    // Of `view`, after so many standing swipes, of which this was the last.
    std::weak_ptr<const IndexView> view;
    Seen seen;
    std::size_t counted = 0;
    std::int64_t last_counted = 0;
    std::unordered_map<LookKey, Deal> dealt;  // lately, and not swiped since
  };

 public:
  // One person, for as long as this lives: nobody else is told of them meanwhile.
  class Asked {
   public:
    const Swipes& swipes() const { return person_->swipes; }
    // Folds what the log has got since. Throws what the log throws.
    void refresh() { refresh(person_->swipes.copies()); }
    // Cost: O(swipes since the last call for this view), and O(view.size() / 64).
    const Seen& seen(const std::shared_ptr<const IndexView>& view);
    // Keeps how the cards were dealt until they are swiped.
    void remember(std::span<const Card> cards);
    // How the look was dealt, if it was lately.
    std::optional<Deal> deal_of(LookKey look) const;

   private:
    friend class People;
    Asked(const People& people, std::string user, std::shared_ptr<Person> person);
    void refresh(std::shared_ptr<const CopyGroups> copies);

    const People* people_;
    std::string user_;
    std::shared_ptr<Person> person_;
    std::unique_lock<std::mutex> lock_;
  };
  // Up to date. copies: that the person's swipes count for; another one than the last time begins anew.
  // Throws what the log throws.
  Asked ask(const std::string& user, const std::shared_ptr<const CopyGroups>& copies = nullptr);

 private:
  struct Entry {
    std::string user;
    std::shared_ptr<Person> person;
  };

  const EventLog& log_;
  const std::size_t most_people_;
  std::mutex finding_;                                                  // guards the two below
  std::list<Entry> entries_;                                            // asked for last, first
  std::unordered_map<std::string, std::list<Entry>::iterator> places_;  // in entries_
};

}  // namespace ootd
