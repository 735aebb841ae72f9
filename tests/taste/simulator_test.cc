#include "ootd/taste/simulator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "ootd/base/vector_math.h"
#include "ootd/index/vector_index.h"
#include "tests/testing/memory_vectors.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::message_of;

constexpr int kValues = 10, kPerValue = 60, kSeenDim = 24, kJudgedDim = 12;
const Generation kServed = {"served", ""}, kJudging = {"judging", ""};

LookKey nth_look(int number) { return LookKey{static_cast<std::uint64_t>(1000 + 7 * number)}; }

// Ten values of sixty looks, a cluster each as the served vectors have it; the judge sees them otherwise.
class SimulatorTest : public ::testing::Test {
 protected:
  SimulatorTest() {
    Random random(5);
    Matrix served(kValues * kPerValue, kSeenDim), judged(kValues * kPerValue, kJudgedDim);
    std::vector<LookKey> looks;
    std::vector<std::pair<LookKey, std::string>> pairs;
    for (int i = 0; i < kValues * kPerValue; ++i) {
      looks.push_back(nth_look(i));
      const auto row = static_cast<std::size_t>(i);
      for (float& v : served.row(row)) v = static_cast<float>(0.5 + 0.2 * random.normal());  // one cone
      served.row(row)[row / kPerValue] += 1;
      normalize(served.row(row));
      for (float& v : judged.row(row)) v = static_cast<float>(random.normal());
      normalize(judged.row(row));
      if (i % kPerValue == 0) labels_.push_back({std::string("value ") + static_cast<char>('a' + i / kPerValue), {}});
      labels_.back().looks.push_back(looks.back());
      pairs.emplace_back(looks.back(), labels_.back().name);
    }
    log_.put_vectors(kServed, looks, served);
    log_.put_vectors(kJudging, looks, judged);
    served_ = std::make_unique<VectorIndex>(log_, kServed, dir_.path());
    judging_ = std::make_unique<VectorIndex>(log_, kJudging, dir_.path());
    view_ = served_->view();
    judge_ = judging_->view();
    look_labels_ = LookLabels("style", pairs);
  }

  SimulatedPeople people(const std::string& kind, int users = 20, std::uint64_t seed = 1, int swipes = 0) const {
    return SimulatedPeople({.kind = kind, .users = users, .seed = seed, .swipes = swipes}, *view_, *judge_, labels_);
  }
  Simulated run(const SimulatedPeople& some, const std::string& policy, const SimulationOptions& options = {},
                const LookLabels* labels = nullptr) const {
    return simulate(some, *find_policy(policy), *view_, *judge_, labels, options);
  }
  std::vector<LookKey> looks_of(const std::string& value) const {
    return std::ranges::find(labels_, value, &NamedLooks::name)->looks;
  }

  const testing::TempDir dir_;
  testing::MemoryVectors log_;
  std::unique_ptr<VectorIndex> served_, judging_;
  std::shared_ptr<const IndexView> view_, judge_;
  std::vector<NamedLooks> labels_;
  LookLabels look_labels_;
};

double mean_of(const Simulated& simulated, double Measures::* measure) {
  double sum = 0;
  for (const Measures& one : simulated.people) sum += one.*measure;
  return sum / static_cast<double>(simulated.people.size());
}

// Deals these looks, in this order.
class ScriptedPolicy final : public Policy {
 public:
  explicit ScriptedPolicy(std::vector<LookKey> script) : script_(std::move(script)) {}
  std::string name() const override { return "scripted"; }
  std::unique_ptr<Valued> value(const Swipes&, const Offer& offer, int, Random&) const override {
    struct Listed final : Valued {
      float value_of(LookKey) const override { return 0.25f; }
    };
    auto valued = std::make_unique<Listed>();
    for (const LookKey look : script_)
      if (offer.view.has(offer.unseen, look))
        valued->candidates.push_back({look, -static_cast<float>(valued->candidates.size())});
    return valued;
  }

 private:
  const std::vector<LookKey> script_;
};

TEST_F(SimulatorTest, ASeedMakesThePeopleAndTheirLuck) {
  const auto some = people("style3"), same = people("style3"), others = people("style3", 20, 2);
  int differ = 0;
  for (std::size_t u = 0; u < some.people().size(); ++u) {
    EXPECT_EQ(some.people()[u].tastes[0].interests, same.people()[u].tastes[0].interests);
    EXPECT_EQ(some.people()[u].slips, same.people()[u].slips);
    differ += some.people()[u].tastes[0].labels != others.people()[u].tastes[0].labels;
  }
  EXPECT_GT(differ, 15);
  EXPECT_EQ(people("style3", 5).people()[4].slips, some.people()[4].slips);  // whoever else is there
}

TEST_F(SimulatorTest, AStyleTasteIsAllLooksOfDifferentValues) {
  const auto some = people("style3", 200);
  std::map<std::string, int> drawn;
  for (const auto& person : some.people()) {
    const TrueTaste& taste = person.tastes.at(0);
    ASSERT_EQ(person.tastes.size(), 1u);
    ASSERT_EQ(taste.interests.size(), 3u);
    EXPECT_EQ(std::set(taste.labels.begin(), taste.labels.end()).size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(taste.interests[i], looks_of(taste.labels[i]));
      ++drawn[taste.labels[i]];
    }
    EXPECT_EQ(taste.looks(), 3u * kPerValue);
  }
  for (const auto& [value, times] : drawn) EXPECT_NEAR(times, 60, 25) << value;
  EXPECT_EQ(some.swipes(), 200);
}

TEST_F(SimulatorTest, AGarmentTasteIsTheNearestOfThoseWhoHaveTheCategoryAsTheJudgeSeesThem) {
  const auto coats = [&](std::size_t n) {  // of the first n looks: of six kinds, in turns
    const Generation generation = {"judging#outer " + std::to_string(n), ""};
    Random random(9);
    Matrix vectors(n, kJudgedDim);
    std::vector<LookKey> looks;
    for (std::size_t i = 0; i < n; ++i) {
      for (float& v : vectors.row(i)) v = static_cast<float>(1 + 0.05 * random.normal());
      vectors.row(i)[i % 6] += 2;
      normalize(vectors.row(i));
      looks.push_back(nth_look(static_cast<int>(i)));
    }
    log_.put_vectors(generation, looks, vectors);
    return VectorIndex(log_, generation, dir_.path()).view();
  };
  const GarmentViews garments = {{"outer", coats(300)}};
  const SimulatedPeople some({.kind = "garment2", .users = 60}, *view_, *judge_, labels_, &garments);
  std::set<std::uint64_t> kinds;
  for (const auto& person : some.people()) {
    ASSERT_EQ(person.tastes.at(0).interests.size(), 2u);
    for (const auto& interest : person.tastes[0].interests) {
      EXPECT_EQ(interest.size(), 12u);  // 4 % of 300
      EXPECT_TRUE(std::ranges::is_sorted(interest));
      for (const LookKey look : interest) {
        EXPECT_EQ((static_cast<std::uint64_t>(look) - 1000) / 7 % 6,
                  (static_cast<std::uint64_t>(interest.front()) - 1000) / 7 % 6);
      }
      kinds.insert((static_cast<std::uint64_t>(interest.front()) - 1000) / 7 % 6);
    }
  }
  EXPECT_EQ(kinds.size(), 6u);
  // And policies may go by garments: those who like coats are served better by a policy that sees them.
  const SimulatedPeople one_coat({.kind = "garment1", .users = 20}, *view_, *judge_, labels_, &garments);
  const auto policy = find_policy("kernel");
  const auto blind = simulate(one_coat, *policy, *view_, *judge_, nullptr);
  const auto seeing = simulate(one_coat, *policy, *view_, *judge_, {nullptr, &garments});
  EXPECT_GT(mean_of(seeing, &Measures::hit_rate), 1.2 * mean_of(blind, &Measures::hit_rate));

  EXPECT_EQ(message_of([&] { people("garment1"); }), "garment1: the judge has no vectors of garments");
}

TEST_F(SimulatorTest, OfAHalfTheJudgeSaysWhich) {
  const auto some = people("half2");
  for (const auto& person : some.people())
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& half = person.tastes[0].interests[i];
      const auto all = looks_of(person.tastes[0].labels[i]);
      ASSERT_EQ(half.size(), static_cast<std::size_t>(kPerValue / 2));
      ASSERT_TRUE(std::ranges::includes(all, half));
      // There is a look of which these are the nearest.
      const bool is_ball = std::ranges::any_of(half, [&](LookKey centre) {
        float nearest_out = -1, farthest_in = 1;
        for (const LookKey look : all) {
          const float cosine = dot(judge_->vector(centre), judge_->vector(look));
          if (std::ranges::binary_search(half, look))
            farthest_in = std::min(farthest_in, cosine);
          else
            nearest_out = std::max(nearest_out, cosine);
        }
        return farthest_in >= nearest_out;
      });
      EXPECT_TRUE(is_ball);
    }
}

TEST_F(SimulatorTest, RegionsAreSharesOfAllLooks) {
  const auto some = people("region3"), picky = people("picky");
  for (const auto& person : some.people()) {
    ASSERT_EQ(person.tastes[0].interests.size(), 3u);
    for (const auto& region : person.tastes[0].interests) EXPECT_EQ(region.size(), 24u);  // 4 % of 600
    EXPECT_TRUE(person.tastes[0].labels.empty());
  }
  for (const auto& person : picky.people()) EXPECT_EQ(person.tastes[0].looks(), 12u);
}

TEST_F(SimulatorTest, DriftIsToOtherValuesAfterHalfOfTheSwipes) {
  const auto some = people("drift2");
  for (const auto& person : some.people()) {
    ASSERT_EQ(person.tastes.size(), 2u);
    std::set<std::string> values;
    for (const auto& taste : person.tastes) values.insert(taste.labels.begin(), taste.labels.end());
    EXPECT_EQ(values.size(), 4u);
    EXPECT_EQ(&some.taste_at(person, 99), &person.tastes[0]);
    EXPECT_EQ(&some.taste_at(person, 100), &person.tastes[1]);
  }
}

TEST_F(SimulatorTest, RareTastesAreOfRareValuesOnly) {
  labels_[0].looks.resize(12);  // 2 % of the looks
  auto& frequent = labels_[1].looks;
  frequent.insert(frequent.end(), labels_[2].looks.begin(), labels_[2].looks.end());  // 20 %
  for (const std::string kind : {"rare2", "rareswitch"}) {
    const auto some = people(kind, 100);
    EXPECT_EQ(some.swipes(), 100);
    for (const auto& person : some.people()) {
      for (const auto& taste : person.tastes)
        for (const auto& value : taste.labels) EXPECT_TRUE(value != "value a" && value != "value b") << value;
      for (int swipe = 0; swipe < 100; ++swipe)  // and nobody slips
        EXPECT_EQ(is_like(some.answer(person, swipe, nth_look(swipe))),
                  some.taste_at(person, swipe).likes(nth_look(swipe)));
    }
  }
  EXPECT_EQ(message_of([&] { people("rare9"); }),
            "rare9 needs 9 values of labels that 3 to 15 % of the looks have; there are 8: value c, value d, value e, "
            "value f, value g, value h, value i, value j");
}

TEST_F(SimulatorTest, AnswersSlipAndSaveAsOftenAsTheKindSays) {
  const auto shares = [&](const std::string& kind, bool truly) {
    double all = 0, likes = 0, saves = 0;
    const auto some = people(kind, 100);
    for (const auto& person : some.people())
      for (int swipe = 0; swipe < some.swipes(); ++swipe)
        for (int look = 0; look < 5 * kPerValue; look += 7) {
          if (some.taste_at(person, swipe).likes(nth_look(look)) != truly) continue;
          const EventKind answer = some.answer(person, swipe, nth_look(look));
          all += 1;
          likes += is_like(answer);
          saves += answer == EventKind::kSave;
        }
    return std::pair(likes / all, likes > 0 ? saves / likes : 0);
  };
  EXPECT_NEAR(shares("style3", true).first, 0.9, 0.01);
  EXPECT_NEAR(shares("style3", false).first, 0.1, 0.01);
  EXPECT_NEAR(shares("style3", true).second, 0.25, 0.02);
  EXPECT_NEAR(shares("style3", false).second, 0.05, 0.02);
  EXPECT_NEAR(shares("style3@e5", true).first, 0.95, 0.01);
  EXPECT_NEAR(shares("drift2@e15", false).first, 0.15, 0.01);
  EXPECT_NEAR(shares("picky", true).first, 0.9, 0.01);
  EXPECT_NEAR(shares("picky", false).first, 0.02, 0.005);
  EXPECT_EQ(shares("never", false).first, 0);
}

TEST_F(SimulatorTest, AnUnknownKindIsToldWhatThereIs) {
  for (const std::string kind : {"style", "style0", "picky2", "chic3", "style3@5", "style3@e101", "style3@", "", "3"})
    EXPECT_EQ(message_of([&] { people(kind); }), "no kind of people \"" + kind +
                                                     "\"; there are style1-9, half1-9, region1-9, garment1-9, "
                                                     "drift1-9, rare1-9, rareswitch, picky, never; \"@e5\" "
                                                     "after it for 5 % of noise");
}

// Two decks of which everything is known.
TEST_F(SimulatorTest, MeasuresAreWhatTheyAreCalled) {
  const auto one = people("style3", 1, 1, 20);
  const auto& interests = one.people()[0].tastes[0].interests;
  std::vector<LookKey> neither;
  for (const auto& label : labels_)
    if (std::ranges::find(interests, label.looks) == interests.end())
      neither.insert(neither.end(), label.looks.begin(), label.looks.end());
  std::vector<LookKey> script;
  const auto take = [&](const std::vector<LookKey>& from, std::size_t at, std::size_t n) {
    script.insert(script.end(), from.begin() + static_cast<std::ptrdiff_t>(at),
                  from.begin() + static_cast<std::ptrdiff_t>(at + n));
  };
  take(neither, 0, 2), take(interests[0], 0, 8);  // the first deck: 8 of one interest
  take(interests[0], 8, 3), take(interests[1], 0, 3), take(interests[2], 0, 1), take(neither, 50, 3);  // the second
  const auto result = simulate(one, ScriptedPolicy(script), *view_, *judge_, nullptr);
  const Measures& measures = result.people.at(0);
  EXPECT_EQ(result.curve, (std::vector<double>{0.8, 0.7}));
  EXPECT_DOUBLE_EQ(measures.hit_rate, 15.0 / 20);
  EXPECT_DOUBLE_EQ(measures.balanced, (4 + 7) / 20.0);  // four of ten are a third's fair share
  EXPECT_DOUBLE_EQ(measures.worst, 0.1);
  EXPECT_EQ(measures.first5, 7);
  EXPECT_DOUBLE_EQ(measures.regret, 0.25);
  EXPECT_EQ(measures.repeats, 0);
  EXPECT_TRUE(std::isnan(measures.post));
  double apart = 0;
  for (std::size_t deck = 0; deck < 2; ++deck)
    for (std::size_t i = 0; i < 10; ++i)
      for (std::size_t j = 0; j < i; ++j)
        apart +=
            1 - static_cast<double>(dot(judge_->vector(script[10 * deck + i]), judge_->vector(script[10 * deck + j])));
  EXPECT_NEAR(measures.diversity, apart / 90, 1e-6);
  EXPECT_DOUBLE_EQ(result.coverage, 20.0 / 600);
  EXPECT_NEAR(result.gini, 1 - 20.0 / 600, 1e-9);  // each of 20 has a twentieth of all exposures
  double liked = 0;
  for (int swipe = 10; swipe < 20; ++swipe)
    liked += is_like(one.answer(one.people()[0], swipe, script[static_cast<std::size_t>(swipe)]));
  EXPECT_EQ(measures.liked_late, liked);
}

TEST_F(SimulatorTest, AfterAChangeOnlyTheNewTasteHits) {
  const auto one = people("drift1", 1, 1, 40);
  const auto& before = one.people()[0].tastes[0].interests[0];
  const auto result = simulate(one, ScriptedPolicy(before), *view_, *judge_, nullptr);
  EXPECT_EQ(result.curve, (std::vector<double>{1, 1, 0, 0}));
  EXPECT_EQ(result.people[0].post, 0);
  EXPECT_EQ(result.people[0].worst, 0.5);  // of all decks, where taste changes
}

// The change detector lives on what was predicted of each card.
TEST_F(SimulatorTest, APolicyMeetsItsOwnPredictionsAgain) {
  struct Spy final : Policy {
    std::string name() const override { return "spy"; }
    std::unique_ptr<Valued> value(const Swipes& swipes, const Offer& offer, int k, Random& random) const override {
      for (const Swipe& swipe : swipes.standing()) predicted += swipe.predicted == 0.25f;
      standing += swipes.standing().size();
      return scripted.value(swipes, offer, k, random);
    }
    ScriptedPolicy scripted{{nth_look(3), nth_look(4), nth_look(5), nth_look(100), nth_look(101)}};
    mutable std::size_t predicted = 0, standing = 0;
  } spy;
  simulate(people("style1", 1, 1, 20), spy, *view_, *judge_, nullptr, {.threads = 1});
  EXPECT_EQ(spy.standing, 10u);
  EXPECT_EQ(spy.predicted, 10u);
}

TEST_F(SimulatorTest, ThreadsChangeNothing) {
  const auto some = people("drift2", 7, 3, 60);
  const auto alone = run(some, "kernel", {.explore = 0.1, .threads = 1});
  const auto together = run(some, "kernel", {.explore = 0.1, .threads = 5});
  EXPECT_EQ(alone.curve, together.curve);
  EXPECT_EQ(alone.gini, together.gini);
  for (std::size_t u = 0; u < alone.people.size(); ++u)
    for (const auto& measure : kMeasures)
      EXPECT_EQ(alone.people[u].*measure.value, together.people[u].*measure.value) << measure.name;
}

TEST_F(SimulatorTest, ChanceHitsByShareAndTheKernelLearns) {
  const auto some = people("style3", 30);
  const auto chance = run(some, "random"), kernel = run(some, "kernel");
  EXPECT_NEAR(mean_of(chance, &Measures::hit_rate), 0.3, 0.02);
  EXPECT_GT(mean_of(kernel, &Measures::hit_rate), 0.6);
  EXPECT_EQ(mean_of(kernel, &Measures::repeats), 0);
  EXPECT_EQ(mean_of(run(people("never", 5), "kernel"), &Measures::hit_rate), 0);
}

TEST_F(SimulatorTest, WhatOthersLikeIsPopular) {
  labels_.resize(2);
  labels_[1].looks.resize(5);
  const auto popular = popular_among(people("style1", 50, 7));
  const auto deal_first = simulate(people("style1", 50, 8, 10), *popular, *view_, *judge_, nullptr);
  // Half of the people like either value; ten looks of one of the two are dealt to everybody.
  EXPECT_NEAR(mean_of(deal_first, &Measures::hit_rate), 0.5, 0.3);
  EXPECT_DOUBLE_EQ(deal_first.coverage, 10.0 / 600);
}

TEST_F(SimulatorTest, AQuizTellsTheFirstDeckAndWrongPicksTellLess) {
  const auto some = people("style2", 30, 1, 10);
  const auto hits = [&](const SimulationOptions& options) {
    return mean_of(run(some, "kernel", options, &look_labels_), &Measures::hit_rate);
  };
  EXPECT_LT(hits({}), 0.4);
  EXPECT_GT(hits({.quiz = true}), 0.8);
  EXPECT_LT(hits({.quiz = true, .wrong_picks = 1}), 0.5);
  const auto before_drift = run(people("drift1", 20, 1, 20), "kernel", {.quiz = true}, &look_labels_);
  EXPECT_GT(before_drift.curve[0], 0.6);
  EXPECT_EQ(message_of([&] { run(people("region3", 1), "kernel", {.quiz = true}, &look_labels_); }),
            "a quiz asks for values of a label; region3 people have tastes of no such values");
  EXPECT_EQ(message_of([&] { run(some, "kernel", {.quiz = true}); }),
            "a quiz asks for values of a label; name the label that tastes go by");
}

}  // namespace
}  // namespace ootd
