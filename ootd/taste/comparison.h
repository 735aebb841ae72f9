// What came of each policy that dealt, from the log: the report of an A/B test.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ootd/catalog/events.h"
#include "ootd/eval/bootstrap.h"
#include "ootd/taste/arms.h"

namespace ootd {

// Rates of a person's first swipes and of those after are told apart: a policy knows nothing at first.
inline constexpr std::int64_t kFirstSwipes = 20;

// One person's answered cards by the policy that dealt them; a save is no like here.
struct PersonTally {
  struct Counts {
    double cards = 0, likes = 0, saves = 0, first_cards = 0, first_liked = 0;
  };
  std::map<std::string, Counts> by_policy;  // as logged: "kernel-1"
  std::string latest;                       // who dealt last; empty = nobody
  std::string user;
  std::int64_t without_deal = 0;  // shown cards of logs of older programs
  std::int64_t unanswered = 0;    // never swiped, or taken back
};
// events: all of the person, oldest first; cards shown before `since_ms` do not count.
PersonTally tally_of(std::span<const Event> events, std::int64_t since_ms);

struct Comparison {
  struct Rate {
    double value = 0;
    Interval interval;  // by a bootstrap over people; {0, 0} where there are no cards
  };
  struct Row {
    std::string policy;
    std::int64_t people = 0, cards = 0, likes = 0, saves = 0;
    Rate rate, first_rate, later_rate;  // likes and saves per card; of a person's first kFirstSwipes, and later
    Rate difference;                    // of `rate`, from the first row's
  };
  std::vector<Row> rows;     // by name, but that of the first arm first
  std::int64_t several = 0;  // people whom more than one policy dealt to: they count in several rows
  std::int64_t without_deal = 0, unanswered = 0;

  // Only where there are arms: who was dealt to last, against the arms as they stand now.
  struct Share {
    std::string policy;
    double configured = 0;
    std::int64_t people = 0;
  };
  std::vector<Share> shares;
  double chance = 1;           // chance_of_division() of these
  std::int64_t elsewhere = 0;  // people whose latest card is not of their arm
};
// arms: as configured, none = there is no test. Cost: draws x people x policies.
Comparison compare(std::span<const PersonTally> people, std::span<const Arm> arms, std::string_view salt,
                   const BootstrapOptions& options = {});

// What a reader has to know before believing the rates; empty = nothing.
std::vector<std::string> warnings_of(const Comparison& comparison);

}  // namespace ootd
