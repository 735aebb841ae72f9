#include "ootd/taste/comparison.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "ootd/taste/policy.h"
#include "ootd/taste/replay.h"
#include "ootd/taste/swipes.h"

namespace ootd {
namespace {

constexpr double kSuspiciousChance = 0.001;

void add(PersonTally::Counts& to, const PersonTally::Counts& counts, double times) {
  to.cards += times * counts.cards;
  to.likes += times * counts.likes;
  to.saves += times * counts.saves;
  to.first_cards += times * counts.first_cards;
  to.first_liked += times * counts.first_liked;
}

std::optional<double> ratio(double some, double all) { return all > 0 ? std::optional(some / all) : std::nullopt; }

// Rate, first, later, of each policy.
using Rates = std::array<std::optional<double>, 3>;
Rates rates_of(const PersonTally::Counts& counts) {
  const double liked = counts.likes + counts.saves;
  return {ratio(liked, counts.cards), ratio(counts.first_liked, counts.first_cards),
          ratio(liked - counts.first_liked, counts.cards - counts.first_cards)};
}

std::string logged_name(const Arm& arm) { return find_policy(arm.policy)->name(); }

void compare_shares(Comparison& comparison, std::span<const PersonTally> people, std::span<const Arm> arms,
                    std::string_view salt) {
  std::vector<std::int64_t> counts;
  std::vector<double> shares;
  for (const Arm& arm : arms) {
    const std::string name = logged_name(arm);
    const auto count = std::ranges::count_if(people, [&](const PersonTally& person) { return person.latest == name; });
    comparison.shares.push_back({name, arm.share, count});
    counts.push_back(count);
    shares.push_back(arm.share);
  }
  comparison.chance = chance_of_division(counts, shares);
  comparison.elsewhere = std::ranges::count_if(people, [&](const PersonTally& person) {
    return !person.latest.empty() && person.latest != logged_name(arm_of(arms, salt, person.user));
  });
}

}  // namespace

PersonTally tally_of(std::span<const Event> events, std::int64_t since_ms) {
  Swipes swipes;
  swipes.fold(events);
  PersonTally tally;
  std::int64_t number = 0;  // of the answered card, whenever it was shown
  std::unordered_set<LookKey> counted;
  for (auto event = events.rbegin(); event != events.rend(); ++event)
    if (event->kind == EventKind::kShown && event->deal && event->at_ms >= since_ms) {
      tally.latest = event->deal->policy;
      break;
    }
  if (!events.empty()) tally.user = events.front().user;
  for (const Event& event : events) {
    if (event.kind != EventKind::kShown || counted.contains(event.look)) continue;
    const bool counts = event.at_ms >= since_ms;
    const Swipe* swipe = swipes.latest(event.look);
    if (swipe == nullptr || swipe->event < event.id) {
      tally.unanswered += counts;
      continue;
    }
    counted.insert(event.look);
    const bool is_first = number++ < kFirstSwipes;
    if (!counts) continue;
    if (!event.deal) {
      ++tally.without_deal;
      continue;
    }
    const double save = swipe->answer == EventKind::kSave, liked = is_like(swipe->answer);
    add(tally.by_policy[event.deal->policy],
        {1, liked - save, save, static_cast<double>(is_first), is_first ? liked : 0}, 1);
  }
  return tally;
}

Comparison compare(std::span<const PersonTally> people, std::span<const Arm> arms, std::string_view salt,
                   const BootstrapOptions& options) {
  Comparison comparison;
  std::map<std::string, PersonTally::Counts> sums;
  std::map<std::string, std::int64_t> met;
  for (const PersonTally& person : people) {
    for (const auto& [policy, counts] : person.by_policy) {
      add(sums[policy], counts, 1);
      ++met[policy];
    }
    comparison.several += person.by_policy.size() > 1;
    comparison.without_deal += person.without_deal;
    comparison.unanswered += person.unanswered;
  }
  std::vector<std::string> names;
  for (const auto& [policy, counts] : sums) names.push_back(policy);
  if (!arms.empty())
    std::ranges::stable_partition(names, [first = logged_name(arms.front())](auto& name) { return name == first; });

  std::vector<std::vector<std::pair<std::size_t, const PersonTally::Counts*>>> own(names.size());  // by person
  for (std::size_t n = 0; n < names.size(); ++n)
    for (std::size_t i = 0; i < people.size(); ++i)
      if (const auto found = people[i].by_policy.find(names[n]); found != people[i].by_policy.end())
        own[n].emplace_back(i, &found->second);
  const auto intervals = bootstrap_statistics(
      people.size(),
      [&](std::span<const std::uint32_t> draws) {
        std::vector<std::optional<double>> values;
        std::optional<double> first;
        for (std::size_t n = 0; n < names.size(); ++n) {
          PersonTally::Counts counts;
          for (const auto& [person, own_counts] : own[n]) add(counts, *own_counts, draws[person]);
          const Rates rates = rates_of(counts);
          values.insert(values.end(), rates.begin(), rates.end());
          if (n == 0) first = rates[0];
          values.push_back(rates[0] && first ? std::optional(*rates[0] - *first) : std::nullopt);
        }
        return values;
      },
      options);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const PersonTally::Counts& counts = sums.at(names[i]);
    const Rates rates = rates_of(counts);
    const auto rate = [&](std::size_t which) {
      return Comparison::Rate{rates[which].value_or(0), intervals[4 * i + which]};
    };
    comparison.rows.push_back({.policy = names[i],
                               .people = met.at(names[i]),
                               .cards = static_cast<std::int64_t>(counts.cards),
                               .likes = static_cast<std::int64_t>(counts.likes),
                               .saves = static_cast<std::int64_t>(counts.saves),
                               .rate = rate(0),
                               .first_rate = rate(1),
                               .later_rate = rate(2),
                               .difference = {}});
    Comparison::Row& row = comparison.rows.back();
    row.difference = {row.rate.value - comparison.rows.front().rate.value, intervals[4 * i + 3]};
  }
  if (!arms.empty()) compare_shares(comparison, people, arms, salt);
  return comparison;
}

std::vector<std::string> warnings_of(const Comparison& comparison) {
  std::vector<std::string> warnings;
  for (const Comparison::Row& row : comparison.rows)
    if (row.people < kFewestPeople)
      warnings.push_back(row.policy + ": only " + std::to_string(row.people) + " people; below " +
                         std::to_string(kFewestPeople) + " an interval says little");
  if (comparison.several > 0)
    warnings.push_back(std::to_string(comparison.several) +
                       " people were dealt to by several policies (arms were changed?): --since the change tells the "
                       "arms apart");
  if (comparison.chance < kSuspiciousChance) {
    std::string text = "people are not divided as configured:";
    for (const Comparison::Share& share : comparison.shares)
      text += " " + share.policy + " " + std::to_string(share.people) + " (share " +
              std::to_string(share.configured).substr(0, 5) + ")";
    warnings.push_back(text + "; find out why before believing any difference");
  }
  if (comparison.elsewhere > 0)
    warnings.push_back(std::to_string(comparison.elsewhere) +
                       " people were last dealt to by another policy than their arm's");
  return warnings;
}

}  // namespace ootd
