#include "ootd/taste/simulator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "ootd/base/clock.h"
#include "ootd/base/error.h"
#include "ootd/base/job_pool.h"
#include "ootd/base/threads.h"
#include "ootd/base/vector_math.h"
#include "ootd/taste/deck.h"
#include "ootd/taste/rivals.h"

namespace ootd {
namespace {

// Decks that pass before the worst interest counts: until then every policy is still looking around.
constexpr std::size_t kDecksToLearn = 5;

struct Scene {
  const SimulatedPeople& people;
  const Policy& policy;
  const IndexView& view;
  const IndexView& judge;
  const LookTraits& traits;
  const SimulationOptions& options;
};

// What one person's swipes came to.
struct Visit {
  std::size_t job = 0;  // which person
  std::string problem;
  Measures measures;
  std::vector<double> curve;
  std::vector<LookKey> shown;
  double seconds = 0;
  int decks = 0;
};

double diversity_of(const IndexView& judge, const std::vector<Card>& cards) {
  double sum = 0;
  int pairs = 0;
  for (std::size_t i = 0; i < cards.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const auto a = judge.vector(cards[i].key), b = judge.vector(cards[j].key);
      if (a.empty() || b.empty()) continue;
      sum += 1 - static_cast<double>(dot(a, b));
      ++pairs;
    }
  return pairs > 0 ? sum / pairs : 0;
}

class VisitMaker {
 public:
  VisitMaker(const Scene& scene, std::size_t number)
      : scene_(scene),
        person_(scene.people.people()[number]),
        name_(std::to_string(scene.people.seed()) + "/" + std::to_string(number)),
        // Made up; far apart, since policies may draw by them.
        next_event_(1 + 1'000'000 * static_cast<std::int64_t>(number)) {}

  void run(Visit& visit) {
    if (scene_.options.quiz) take_quiz(visit.job);
    const auto swipes = static_cast<std::size_t>(scene_.people.swipes());
    hit_.assign(swipes, false);
    double balanced = 0, diversity = 0, liked_late = 0;
    std::size_t repeats = 0;
    const int interests = scene_.people.interests();
    const double fair = std::ceil(static_cast<double>(kSimulatedDeck) / interests);
    std::vector<double> least;  // share of the worst interest, by deck
    for (std::size_t at = 0; at < swipes; at += kSimulatedDeck) {
      const auto cards = next_deck(static_cast<int>(std::min<std::size_t>(kSimulatedDeck, swipes - at)), visit);
      std::vector<double> of_interest(static_cast<std::size_t>(interests));
      double hits = 0;
      std::vector<Event> events;
      for (std::size_t i = 0; i < cards.size(); ++i) {
        const auto swipe = static_cast<int>(at + i);
        const LookKey look = cards[i].key;
        const TrueTaste& taste = scene_.people.taste_at(person_, swipe);
        const bool is_new = shown_.insert(look).second;
        repeats += is_new ? 0 : 1;
        for (std::size_t t = 0; t < of_interest.size(); ++t)
          if (is_new && std::ranges::binary_search(taste.interests[t], look)) of_interest[t] += 1;
        hit_[at + i] = is_new && taste.likes(look);
        hits += hit_[at + i] ? 1 : 0;
        const EventKind answer = scene_.people.answer(person_, swipe, look);
        if (2 * (at + i) >= swipes && is_like(answer)) ++liked_late;
        events.push_back(event(EventKind::kShown, look));
        events.back().deal = cards[i].deal;
        events.push_back(event(answer, look));
        visit.shown.push_back(look);
      }
      to_fold_ = std::move(events);
      visit.curve.push_back(hits / kSimulatedDeck);
      for (const double count : of_interest) balanced += std::min(count, fair) / kSimulatedDeck;
      least.push_back(std::ranges::min(of_interest) / kSimulatedDeck);
      diversity += diversity_of(scene_.judge, cards);
    }
    const auto decks = static_cast<double>(least.size());
    Measures& measures = visit.measures;
    measures.hit_rate = hits_between(0, swipes);
    measures.first50 = hits_between(0, 50);
    measures.last50 = hits_between(swipes - std::min<std::size_t>(swipes, 50), swipes);
    measures.liked_late = kSimulatedDeck * liked_late / static_cast<double>(swipes - swipes / 2);
    measures.balanced = balanced / decks;
    const std::size_t first = scene_.people.changes() ? 0 : std::min(kDecksToLearn, least.size() - 1);
    for (std::size_t deck = first; deck < least.size(); ++deck) measures.worst += least[deck];
    measures.worst /= static_cast<double>(least.size() - first);
    measures.first5 = fifth_hit();
    measures.post =
        scene_.people.changes() ? hits_between(swipes / 2, swipes) : std::numeric_limits<double>::quiet_NaN();
    measures.repeats = static_cast<double>(repeats) / static_cast<double>(swipes);
    measures.diversity = diversity / decks;
    measures.regret = 1 - hits_between(0, swipes) * static_cast<double>(swipes) / most_hits();
  }

 private:
  Event event(EventKind kind, LookKey look) { return {.id = next_event_++, .user = name_, .kind = kind, .look = look}; }

  void take_quiz(std::size_t number) {
    const auto& own = person_.tastes.front().labels;
    if (scene_.traits.labels == nullptr || own.empty())
      throw Error(Kind::kInput, "a quiz asks for values of a label; " +
                                    (own.empty() ? scene_.people.kind() + " people have tastes of no such values"
                                                 : std::string("name the label that tastes go by")));
    Random random(mixed(scene_.people.seed()) + mixed(number));
    QuizPicks picks;
    for (const std::string& value : own) {
      if (!scene_.traits.labels->number_of(value))
        throw Error(Kind::kInput, "the quiz cannot ask for \"" + value + "\": it is no value of " +
                                      scene_.traits.labels->key() + ", which tastes go by");
      const auto values = scene_.traits.labels->values();
      const bool wrong = random.uniform() < scene_.options.wrong_picks;
      picks.labels.push_back(wrong ? values[random.below(values.size())] : value);
    }
    Event quiz = event(EventKind::kQuiz, {});
    quiz.picks = std::move(picks);
    to_fold_ = {std::move(quiz)};
  }

  std::vector<Card> next_deck(int k, Visit& visit) {
    const double start = thread_seconds();
    swipes_.fold(to_fold_);
    const Seen seen = seen_of(scene_.view, swipes_);
    auto cards = deal(scene_.policy, swipes_, scene_.view, seen, scene_.traits,
                      {.k = k, .explore = scene_.options.explore, .seed = name_});
    visit.seconds += thread_seconds() - start;
    ++visit.decks;
    return cards;
  }

  double hits_between(std::size_t from, std::size_t to) const {
    to = std::min(to, hit_.size());
    std::size_t hits = 0;
    for (std::size_t i = from; i < to; ++i) hits += hit_[i] ? 1 : 0;
    return static_cast<double>(hits) / static_cast<double>(std::max<std::size_t>(to - from, 1));
  }
  double fifth_hit() const {
    int hits = 0;
    for (std::size_t i = 0; i < hit_.size(); ++i)
      if (hit_[i] && ++hits == 5) return static_cast<double>(i + 1);
    return static_cast<double>(hit_.size() + 1);
  }
  double most_hits() const {
    const auto swipes = hit_.size();
    std::size_t most = 0;
    for (const TrueTaste& taste : person_.tastes) most += std::min(taste.looks(), swipes / person_.tastes.size());
    return static_cast<double>(std::max<std::size_t>(most, 1));
  }

  const Scene& scene_;
  const SimulatedPerson& person_;
  const std::string name_;
  std::int64_t next_event_;
  Swipes swipes_;
  std::vector<Event> to_fold_;
  std::unordered_set<LookKey> shown_;
  std::vector<bool> hit_;  // by swipe
};

}  // namespace

Simulated simulate(const SimulatedPeople& people, const Policy& policy, const IndexView& view, const IndexView& judge,
                   const LookTraits& traits, const SimulationOptions& options, const Progress& progress) {
  const Scene scene = {people, policy, view, judge, traits, options};
  std::vector<Visit> visits(people.people().size());
  const std::string part = people.kind() + ", " + policy.name();
  const auto all = static_cast<std::int64_t>(visits.size());
  std::size_t next = 0;
  std::int64_t done = 0;
  run_jobs<Visit>(
      thread_count(options.threads),
      [&]() -> std::optional<std::size_t> { return next < visits.size() ? std::optional(next++) : std::nullopt; },
      [&](Visit& visit) { VisitMaker(scene, visit.job).run(visit); },
      [&](Visit visit) {
        if (!visit.problem.empty()) throw Error(Kind::kInput, visit.problem);
        const std::size_t job = visit.job;
        visits[job] = std::move(visit);
        progress.update(part, ++done, all, "people");
        progress.check("stopped");
      });

  Simulated result;
  std::unordered_map<LookKey, std::size_t> exposures;
  double seconds = 0, decks = 0, shown = 0;
  for (const Visit& visit : visits) {
    result.people.push_back(visit.measures);
    result.curve.resize(visit.curve.size());
    for (std::size_t deck = 0; deck < visit.curve.size(); ++deck)
      result.curve[deck] += visit.curve[deck] / static_cast<double>(visits.size());
    for (const LookKey look : visit.shown) ++exposures[look];
    shown += static_cast<double>(visit.shown.size());
    seconds += visit.seconds;
    decks += visit.decks;
  }
  const auto looks = static_cast<double>(std::max<std::size_t>(view.size(), 1));
  result.coverage = static_cast<double>(exposures.size()) / looks;
  result.ms = decks > 0 ? 1000 * seconds / decks : 0;
  std::vector<std::size_t> counts;
  for (const auto& [look, count] : exposures) counts.push_back(count);
  std::ranges::sort(counts);
  // The looks that nobody saw come first, and add nothing to the sum.
  double weighted = 0, rank = looks - static_cast<double>(counts.size());
  for (const std::size_t count : counts) weighted += ++rank * static_cast<double>(count);
  result.gini = shown > 0 ? 2 * weighted / (looks * shown) - (looks + 1) / looks : 0;
  return result;
}

std::unique_ptr<const Policy> popular_among(const SimulatedPeople& people) {
  std::map<LookKey, double> likes;
  for (const SimulatedPerson& person : people.people()) {
    std::unordered_set<LookKey> liked;
    for (const auto& interest : person.tastes.front().interests) liked.insert(interest.begin(), interest.end());
    for (const LookKey look : liked) ++likes[look];
  }
  // Looks that are liked as often come in a random order.
  Random random(3);
  for (auto& [look, count] : likes) count += random.uniform();
  return popular_policy({likes.begin(), likes.end()});
}

}  // namespace ootd
