#include "ootd/taste/deck.h"

#include <algorithm>
#include <chrono>

#include "bench/workloads.h"
#include "ootd/base/clock.h"
#include "ootd/base/error.h"
#include "ootd/index/vector_index.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/taste/kernel.h"
#include "ootd/taste/people.h"
#include "tests/testing/memory_vectors.h"
#include "tests/testing/temp_dir.h"

namespace ootd::bench {
namespace {

constexpr int kCards = 10, kPeople = 100, kJudged = 10, kSeen = 5000, kFavourites = 3;

// Of one call, in ms: on the clock, and of the processor, which says the same on a busy machine.
struct Times {
  double clock = 0, processor = 0;
};
template <class F>
Times times_of(const F& call) {
  const auto start = std::chrono::steady_clock::now();
  const double used = thread_seconds();
  call();
  return {1000 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          1000 * (thread_seconds() - used)};
}

// A policy that tells how long it takes.
class TimedPolicy final : public Policy {
 public:
  explicit TimedPolicy(const KernelParams& params) : policy_(kernel_policy(params)) {}
  std::string name() const override { return policy_->name(); }
  std::unique_ptr<Valued> value(const Swipes& swipes, const Offer& offer, int k, Random& random) const override {
    std::unique_ptr<Valued> valued;
    last_ms_ = times_of([&] { valued = policy_->value(swipes, offer, k, random); }).processor;
    return valued;
  }
  double last_ms() const { return last_ms_; }

 private:
  const std::unique_ptr<const Policy> policy_;
  mutable double last_ms_ = 0;
};

double at_share(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// A person who saw kSeen looks, and of the latest ones likes those near some favourites.
Swipes swipes_of(const IndexView& view, int person, const KernelParams& params) {
  Random random(static_cast<std::uint64_t>(person) + 100);
  const auto all = view.all();
  std::vector<LookKey> near;
  for (const LookKey favourite : view.sample(all, kFavourites, random))
    for (const Hit& hit : view.search(view.vector(favourite), params.most_swipes / 4, &all)) near.push_back(hit.key);
  random.shuffle(std::span(near));
  std::vector<Event> events;
  std::int64_t id = 0;
  const auto swipe = [&](LookKey look, EventKind answer) {
    Event shown = {.id = ++id, .user = "bench", .kind = EventKind::kShown, .look = look};
    shown.deal = Deal{.policy = "kernel-1", .prediction = 0.3};
    events.push_back(shown);
    events.push_back({.id = ++id, .user = "bench", .kind = answer, .look = look});
  };
  std::size_t liked = 0;
  const auto others = view.sample(all, kSeen, random);
  for (std::size_t i = 0; i < others.size(); ++i) {
    const bool counts = i + static_cast<std::size_t>(params.most_swipes) >= others.size();
    if (counts && random.uniform() < 0.5)
      swipe(near[liked++], EventKind::kLike);
    else
      swipe(others[i], EventKind::kDislike);
  }
  Swipes swipes;
  swipes.fold(events);
  return swipes;
}

// The `kCards` of the highest mean among all unseen looks.
std::vector<LookKey> best_of_all(const KernelTaste& taste, const IndexView& view, const IndexView::Subset& unseen) {
  constexpr std::size_t kBlock = 4096;
  const auto looks = view.looks(unseen);
  std::vector<std::pair<float, LookKey>> best;
  for (std::size_t from = 0; from < looks.size(); from += kBlock) {
    const auto block = std::span(looks).subspan(from, std::min(kBlock, looks.size() - from));
    Matrix vectors(block.size(), static_cast<std::size_t>(view.dim()));
    for (std::size_t i = 0; i < block.size(); ++i) centre(view, block[i], vectors.row(i));
    const auto means = taste.means(block, vectors);
    for (std::size_t i = 0; i < block.size(); ++i) best.emplace_back(-means[i], block[i]);
    std::ranges::sort(best);
    best.resize(std::min<std::size_t>(best.size(), kCards));
  }
  std::vector<LookKey> keys;
  for (const auto& [mean, key] : best) keys.push_back(key);
  return keys;
}

// What a long history costs: the deck of a person whom the server knows, after one more swipe each time.
void histories(const std::shared_ptr<const IndexView>& view, int decks) {
  constexpr int kHistories[] = {200, 20'000};
  const testing::TempDir home;
  SqliteCatalog catalog(home.path());
  {
    Catalog::Batch batch(catalog);
    for (int look = 1; look <= kHistories[1] + decks; ++look) {
      ImageRecord image;
      image.id = std::to_string(look);
      catalog.add_image(image);
    }
    Random random(9);
    for (const int swipes : kHistories)
      for (int look = 1; look <= swipes; ++look)
        catalog.append_event({.user = std::to_string(swipes),
                              .kind = random.uniform() < 0.2 ? EventKind::kLike : EventKind::kDislike,
                              .look = LookKey{static_cast<std::uint64_t>(look)}});
    batch.commit();
  }
  People people(catalog);
  const auto policy = find_policy("kernel");
  std::vector<double> ms[2];
  for (int turn = 0; turn <= decks; ++turn)
    for (const int which : {turn % 2, 1 - turn % 2}) {
      const std::string user = std::to_string(kHistories[which]);
      catalog.append_event({.user = user, .look = LookKey{static_cast<std::uint64_t>(kHistories[1] + turn)}});
      const Times whole = times_of([&] {
        auto person = people.ask(user);
        const Seen seen = narrowed(*view, person.seen(view), view->all(), {});
        deal(*policy, person.swipes(), *view, seen, nullptr, {.k = kCards, .seed = user, .explain = true});
      });
      if (turn > 0) ms[which].push_back(whole.processor);  // the first reads all events
    }
  for (const int which : {0, 1})
    RowPrinter("deck_history")
        .add("events", std::to_string(kHistories[which]))
        .add("n", std::to_string(view->size()))
        .add("decks", std::to_string(ms[which].size()))
        .add("processor_p50_ms", at_share(ms[which], 0.5))
        .add("processor_p99_ms", at_share(ms[which], 0.99))
        .print();
}

}  // namespace

void deck(const Options& options) {
  const testing::TempDir home;
  const Generation generation = {"bench", ""};
  const auto n = static_cast<std::size_t>(options.vectors);
  testing::MemoryVectors log;
  std::vector<LookKey> looks;
  for (std::size_t i = 1; i <= n; ++i) looks.push_back(LookKey{i});
  log.put_vectors(generation, looks, clustered_vectors(n, 2));
  std::unique_ptr<VectorIndex> index;
  const Times build = times_of([&] { index = std::make_unique<VectorIndex>(log, generation, home.path()); });
  const auto view = index->view();
  const KernelParams params;
  const TimedPolicy policy(params);
  std::vector<Swipes> people;
  std::vector<Seen> seen_by;  // remembered from deck to deck, as serve does
  for (int person = 0; person < kPeople; ++person) {
    people.push_back(swipes_of(*view, person, params));
    seen_by.push_back(seen_of(*view, people.back()));
  }

  Random filter_random(4);
  for (const double share : {1.0, 0.01}) {
    const auto among =
        share == 1.0
            ? view->all()
            : view->where(view->sample(view->all(), static_cast<int>(share * static_cast<double>(n)), filter_random));
    std::vector<double> on_clock, on_processor, searching, valuing, spreading;
    for (int run = 0; run <= 2 * options.runs;
         ++run)  // the first warms up; of the others each second is a search alone
      for (std::size_t at = 0; at < people.size(); ++at) {
        const Swipes& swipes = people[at];
        if (run > 0 && run % 2 == 0) {
          const Seen seen = narrowed(*view, seen_by[at], among, {});
          const Matrix queries = KernelTaste(swipes, *view, nullptr, params).queries();
          searching.push_back(times_of([&] { view->search(queries, params.per_query, &seen.unseen); }).processor);
          continue;
        }
        std::vector<Card> cards;
        const Times whole = times_of([&] {
          const Seen seen = narrowed(*view, seen_by[at], among, {});
          cards = deal(policy, swipes, *view, seen, nullptr, {.k = kCards, .seed = std::to_string(run)});
        });
        if (cards.size() != kCards) throw Error(Kind::kInternal, "deck: not enough cards");
        if (run == 0) continue;
        on_clock.push_back(whole.clock);
        on_processor.push_back(whole.processor);
        valuing.push_back(policy.last_ms());
        spreading.push_back(whole.processor - policy.last_ms());
      }
    const double search_ms = at_share(searching, 0.5);
    double found = 0, all_ms = 0;
    for (std::size_t at = 0; at < kJudged; ++at) {
      const Swipes& swipes = people[at];
      const Seen seen = narrowed(*view, seen_by[at], among, {});
      std::vector<LookKey> right;
      const KernelTaste taste(swipes, *view, nullptr, params);
      all_ms += times_of([&] { right = best_of_all(taste, *view, seen.unseen); }).processor / kJudged;
      Random random(1);
      const auto valued = policy.value(swipes, {*view, seen.unseen, nullptr}, kCards, random);
      for (const LookKey look : right)
        found += std::ranges::find(valued->candidates, look, &Valued::Candidate::key) != valued->candidates.end();
    }
    RowPrinter("deck")
        .add("n", std::to_string(n))
        .add("dim", std::to_string(kVectorDim))
        .add("filter", share == 1.0 ? "none" : "1%")
        .add("decks", std::to_string(on_clock.size()))
        .add("p50_ms", at_share(on_clock, 0.5))
        .add("p99_ms", at_share(on_clock, 0.99))
        .add("processor_p50_ms", at_share(on_processor, 0.5))
        .add("processor_p99_ms", at_share(on_processor, 0.99))
        .add("search_ms", search_ms)
        .add("valuing_ms", at_share(valuing, 0.5) - search_ms)
        .add("spreading_ms", at_share(spreading, 0.5))
        .add("recall10", found / (kJudged * kCards), 4)
        .add("value_all_ms", all_ms, 1)
        .add("build_s", build.clock / 1000, 1)
        .print();
  }
  if (n > 30'000) histories(view, 20 * options.runs);
}

}  // namespace ootd::bench
