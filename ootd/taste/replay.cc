#include "ootd/taste/replay.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "ootd/taste/kernel.h"

namespace ootd {
namespace {

constexpr int kTargetDraws = 16;

bool is_known_policy(const std::string& name) {
  const std::string bare = name.substr(0, name.find(':'));
  return std::ranges::any_of(policy_names(), [&](auto known) { return find_policy(known)->name() == bare; });
}

// Cards of one deck that were shown, in order; the first has place 0, and none is missing in between.
struct LoggedDeck {
  std::vector<const Event*> cards;
  std::int64_t after() const { return cards.front()->deal->after; }
};

class PersonReplay {
 public:
  PersonReplay(std::span<const Event> events, const IndexView& view, const LookTraits& traits, const Policy& target,
               const ReplayRequest& request, Replayed& into)
      : events_(events),
        view_(view),
        traits_(traits),
        target_(target),
        request_(request),
        into_(into),
        now_(request.copies),
        then_(request.copies) {
    now_.fold(events);
  }

  void run() {
    auto decks = find_decks();
    std::ranges::stable_sort(decks, {}, &LoggedDeck::after);
    std::size_t folded = 0;
    std::vector<LookKey> on_table;
    for (std::size_t d = 0; d < decks.size(); ++d) {
      const LoggedDeck& deck = decks[d];
      // A second deck for the same swipes went under the first.
      if (d == 0 || decks[d - 1].after() != deck.after())
        on_table = held_at(deck.after());
      else
        for (const Event* card : decks[d - 1].cards) on_table.push_back(card->look);
      std::size_t end = folded;
      while (end < events_.size() && events_[end].id <= deck.after()) ++end;
      then_.fold(events_.subspan(folded, end - folded));
      folded = end;
      if (std::ranges::any_of(deck.cards, [&](const Event* card) { return card->at_ms >= request_.since_ms; }))
        replay(deck, on_table);
    }
    ++into_.people;
  }

 private:
  std::vector<LoggedDeck> find_decks() {
    std::vector<LoggedDeck> decks;
    std::set<std::tuple<std::int64_t, int, LookKey>> known;  // a card that was taken back is shown again
    for (const Event& event : events_) {
      if (event.kind != EventKind::kShown) continue;
      const bool counts = event.at_ms >= request_.since_ms;
      if (!event.deal) {
        into_.left_out.without_deal += counts;
        continue;
      }
      const Deal& deal = *event.deal;
      const bool goes_on = !decks.empty() && decks.back().after() == deal.after &&
                           decks.back().cards.front()->deal->policy == deal.policy;
      if (!known.emplace(deal.after, deal.place, event.look).second) {
        into_.left_out.shown_again += counts;
        continue;
      }
      if (goes_on && deal.place == static_cast<int>(decks.back().cards.size()))
        decks.back().cards.push_back(&event);
      else if (deal.place == 0)
        decks.push_back({{&event}});
      else
        into_.left_out.incomplete += counts;
    }
    return decks;
  }

  // Cards of earlier deals that the person still held when this one was dealt: they were shown later.
  std::vector<LookKey> held_at(std::int64_t after) const {
    std::vector<LookKey> looks;
    auto event = std::ranges::upper_bound(events_, after, {}, &Event::id);
    for (; event != events_.end(); ++event) {
      if (event->kind != EventKind::kShown || !event->deal) continue;
      if (event->deal->after >= after) break;
      looks.push_back(event->look);
    }
    return looks;
  }

  // Whether an older swipe was taken back after `after` and before `event`: the deal may or may not have known it.
  bool is_unclear(std::int64_t after, std::int64_t event) const {
    auto between = std::ranges::upper_bound(events_, after, {}, &Event::id);
    for (; between != events_.end() && between->id < event; ++between)
      if (between->kind == EventKind::kUndo && between->undoes < after) return true;
    return false;
  }

  void replay(const LoggedDeck& deck, std::span<const LookKey> on_table) {
    std::vector<LookKey> looks;
    for (const Event* card : deck.cards) looks.push_back(card->look);
    const Seen seen = narrowed(view_, seen_of(view_, then_), view_.all(), on_table);
    const DeckRequest asked = {.k = request_.k, .explore = request_.explore, .seed = events_.front().user};
    const auto chances = chances_of(target_, then_, view_, seen, traits_, asked, looks, kTargetDraws);
    const KernelTaste kernel(then_, view_, traits_, {});
    const bool known = is_known_policy(deck.cards.front()->deal->policy);
    const auto expected = [&](LookKey look) { return std::clamp(static_cast<double>(kernel.mean(look)), 0.0, 1.0); };
    for (std::size_t i = 0; i < deck.cards.size(); ++i) {
      const Event& card = *deck.cards[i];
      if (card.at_ms < request_.since_ms) continue;
      const Swipe* swipe = now_.latest(card.look);
      LeftOut& out = into_.left_out;
      if (!known) {
        ++out.unknown_policy;
      } else if (!view_.contains(card.look)) {
        ++out.gone;
      } else if (swipe == nullptr || swipe->event < card.id) {
        ++out.unanswered;
      } else if (is_unclear(deck.after(), card.id)) {
        ++out.unclear;
      } else {
        ReplayedCard replayed = {.person = into_.people,
                                 .reward = is_like(swipe->answer) ? 1.0 : 0.0,
                                 .probability = card.deal->probability,
                                 .target = chances[i].probability,
                                 .expected = expected(card.look),
                                 .targets = chances[i].cards};
        for (const LookKey look : replayed.targets)
          replayed.target_expected += expected(look) / static_cast<double>(replayed.targets.size());
        into_.cards.push_back(std::move(replayed));
      }
    }
  }

  const std::span<const Event> events_;
  const IndexView& view_;
  const LookTraits traits_;
  const Policy& target_;
  const ReplayRequest& request_;
  Replayed& into_;
  Swipes now_, then_;
};

// A person's sums, of which all estimates are made.
struct Sums {
  double cards = 0, liked = 0, weight = 0, weight_liked = 0, model = 0;
  void add(const Sums& other, double times) {
    cards += times * other.cards;
    liked += times * other.liked;
    weight += times * other.weight;
    weight_liked += times * other.weight_liked;
    model += times * other.model;
  }
};

// The ends that nothing is assumed about: of the unsupported cards none, or all, are liked.
struct Ends {
  double low = 0, high = 0;
};
Ends ips_ends(const Sums& sums) {
  return {sums.weight_liked / sums.cards, 1 - (sums.weight - sums.weight_liked) / sums.cards};
}
Ends snips_ends(const Sums& sums) {
  const double supported = std::min(1.0, sums.weight / sums.cards), liked = sums.weight_liked / sums.weight;
  return {supported * liked, supported * liked + 1 - supported};
}
Ends dr_ends(const Sums& sums, double kernel_error) {
  const double value = sums.model / sums.cards;
  const double unsure = (1 - std::min(1.0, sums.weight / sums.cards)) * kernel_error;
  return {value - unsure, value + unsure};
}

// The largest difference between expected and true like rates, two standard errors included, among cards of like
// expectation: a fifth of the drawn ones, or of those that were rather dealt for sure. 1 where there are too few.
double kernel_error_of(const std::vector<ReplayedCard>& cards) {
  constexpr std::size_t kParts = 5, kFewestCards = 100;
  double worst = 0;
  for (const bool drawn : {false, true}) {
    std::vector<const ReplayedCard*> some;
    for (const ReplayedCard& card : cards)
      if ((card.probability < 0.5) == drawn) some.push_back(&card);
    std::ranges::sort(some, {}, [](const ReplayedCard* card) { return card->expected; });
    const std::size_t parts = std::min(kParts, some.size() / kFewestCards);
    for (std::size_t part = 0; part < parts; ++part) {
      const std::size_t from = some.size() * part / parts, to = some.size() * (part + 1) / parts;
      double sum = 0, squares = 0;
      for (std::size_t i = from; i < to; ++i) {
        const double gap = some[i]->reward - some[i]->expected;
        sum += gap;
        squares += gap * gap;
      }
      const auto n = static_cast<double>(to - from);
      const double mean = sum / n;
      worst = std::max(worst, std::abs(mean) + 2 * std::sqrt(std::max(squares / n - mean * mean, 0.0) / n));
    }
  }
  return worst > 0 ? std::min(worst, 1.0) : 1.0;
}

// Above which weight a card counts as unsupported. Of the powers of two up to cards / kFewestHits, that which promises
// the narrowest interval: what is unsupported, and two standard errors to either side of what is supported, whatever is
// liked of it. It is chosen by the weights alone.
double best_cut(const std::vector<double>& weights) {
  const auto n = static_cast<double>(weights.size());
  double best = 0, narrowest = 0;
  for (double cut = 2; cut <= std::max(2.0, n / kFewestHits); cut *= 2) {
    double sum = 0, squares = 0;
    for (const double weight : weights)
      if (weight <= cut) sum += weight, squares += weight * weight;
    const double width = std::max(0.0, 1 - sum / n) + 4 * std::sqrt(squares) / n;
    if (best == 0 || width < narrowest) best = cut, narrowest = width;
  }
  return best;
}

Interval whole(const Interval& a, const Interval& b) {
  return {std::clamp(std::min(a.low, b.low), 0.0, 1.0), std::clamp(std::max(a.high, b.high), 0.0, 1.0)};
}

}  // namespace

void replay_person(std::span<const Event> events, const IndexView& view, const LookTraits& traits, const Policy& target,
                   const ReplayRequest& request, Replayed& into) {
  PersonReplay(events, view, traits, target, request, into).run();
}

Replayed replay(const EventLog& log, const IndexView& view, const LookTraits& traits, const Policy& target,
                const ReplayRequest& request) {
  Replayed replayed;
  for (const std::string& user : log.users()) {
    const auto events = log.events(user);
    if (!events.empty()) replay_person(events, view, traits, target, request, replayed);
  }
  return replayed;
}

OffPolicy estimate(const Replayed& replayed, const BootstrapOptions& options) {
  OffPolicy result;
  result.cards = static_cast<std::int64_t>(replayed.cards.size());
  std::vector<double> weights;
  for (const ReplayedCard& card : replayed.cards) weights.push_back(card.target / card.probability);
  const double cut = best_cut(weights);
  result.kernel_error = kernel_error_of(replayed.cards);
  std::vector<Sums> people(replayed.people);
  double squares = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const ReplayedCard& card = replayed.cards[i];
    const double weight = weights[i] <= cut ? weights[i] : 0;
    result.matched += card.target > 0 ? 1 : 0;
    squares += weight * weight;
    people[card.person].add({.cards = 1,
                             .liked = card.reward,
                             .weight = weight,
                             .weight_liked = weight * card.reward,
                             .model = card.target_expected + weight * (card.reward - card.expected)},
                            1);
  }
  std::erase_if(people, [](const Sums& sums) { return sums.cards == 0; });
  result.people = static_cast<std::int64_t>(people.size());
  Sums all;
  for (const Sums& sums : people) all.add(sums, 1);
  if (result.cards > 0) {
    result.logged = all.liked / all.cards;
    result.matched /= all.cards;
    result.supported = std::min(1.0, all.weight / all.cards);
    result.effective = squares > 0 ? all.weight * all.weight / squares : 0;
  }
  const double kernel_error = result.kernel_error;
  const auto intervals = bootstrap_statistics(
      people.size(),
      [&](std::span<const std::uint32_t> counts) -> std::vector<std::optional<double>> {
        Sums drawn;
        for (std::size_t i = 0; i < counts.size(); ++i)
          if (counts[i] > 0) drawn.add(people[i], counts[i]);
        const double logged = drawn.liked / drawn.cards;
        const Ends ips = ips_ends(drawn), dr = dr_ends(drawn, kernel_error);
        if (drawn.weight == 0)
          return {logged, ips.low, ips.high, {}, {}, dr.low, dr.high, dr.low - logged, dr.high - logged};
        const Ends snips = snips_ends(drawn);
        return {logged, ips.low, ips.high, snips.low, snips.high, dr.low, dr.high, dr.low - logged, dr.high - logged};
      },
      options);
  if (!intervals.empty()) result.logged_interval = intervals[0];
  if (result.people < kFewestPeople)
    result.refused = "only " + std::to_string(result.people) + " people have cards that count; at least " +
                     std::to_string(kFewestPeople) + " are needed";
  else if (result.effective < kFewestEffective)
    result.refused = "the log is worth only " + std::to_string(static_cast<std::int64_t>(result.effective)) +
                     " cards of this policy's; at least " +
                     std::to_string(static_cast<std::int64_t>(kFewestEffective)) + " are needed";
  else if (result.supported < kFewestSupported)
    result.refused = "only " + std::to_string(static_cast<int>(100 * result.supported)) +
                     " % of this policy's cards could be met in this log; at least " +
                     std::to_string(static_cast<int>(100 * kFewestSupported)) + " % are needed";
  if (!result.refused.empty()) return result;
  result.ips = {all.weight_liked / all.cards, whole(intervals[1], intervals[2])};
  result.snips = {all.weight_liked / all.weight, whole(intervals[3], intervals[4])};
  result.dr = {all.model / all.cards, whole(intervals[5], intervals[6])};
  result.gain = {result.dr.value - result.logged, {intervals[7].low, intervals[8].high}};
  return result;
}

}  // namespace ootd
