// The contract of VectorLog.
#include <atomic>
#include <limits>
#include <map>
#include <thread>

#include "ootd/base/random.h"
#include "tests/catalog/contract.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::matrix;
using testing::message_of;
using Vector = std::vector<float>;
using Seen = std::vector<std::optional<Box>>;

const Generation kWhole = {"m", ""};  // photos seen whole
const Generation kCropped = {"m", "detector/rule"}, kNext = {"m", "new detector/rule"};
const Box kBox = {10, 20, 30, 0.1f}, kOther = {10, 20, 31, 0.1f};

class VectorLogTest : public testing::Contract {
 protected:
  VectorLogTest() { add_looks(10); }

  std::int64_t put(const Generation& generation, std::initializer_list<std::size_t> numbers,
                   const std::vector<Vector>& vectors, const Seen& seen = {}) {
    return catalog_.put_vectors(generation, looks(numbers), matrix(vectors), seen);
  }
  void put_crop(std::size_t number, const Generation& generation, const std::optional<Box>& box) {
    catalog_.put_crop(looks_[number], {generation.crops, box ? "" : "one_garment", box});
  }
  std::vector<LookKey> lacking(const Generation& generation) const {
    return catalog_.looks_to_embed(generation, {}, 100);
  }
  std::string name_of(LookKey look) const { return std::to_string(std::ranges::find(looks_, look) - looks_.begin()); }
  // The changes as "look:first value" or "look:erased", asked for `limit` at a time; moves the cursor.
  std::string follow(const Generation& generation, VectorLog::Cursor& cursor, int limit = 1000) const {
    std::string text;
    for (bool more = true; more;) {
      const auto step = catalog_.changes_after(generation, cursor, limit);
      EXPECT_LE(step.changes.size(), static_cast<std::size_t>(limit));
      EXPECT_TRUE(!step.more || step.changes.size() == static_cast<std::size_t>(limit));
      for (const auto& change : step.changes) {
        EXPECT_EQ(change.erased, change.vector.empty());
        text += name_of(change.look) + ":" +
                (change.erased ? "erased" : std::to_string(static_cast<int>(change.vector[0]))) + " ";
      }
      cursor = step.cursor;
      more = step.more;
    }
    return text;
  }
  std::string changes(const Generation& generation, VectorLog::Cursor cursor = {}, int limit = 1000) const {
    return follow(generation, cursor, limit);
  }
};
OOTD_OVER_EVERY_BACKEND(VectorLogTest);

// --- Vectors

TEST_P(VectorLogTest, VectorsComeBackBitForBitAcrossReopening) {
  const Vector odd = {-0.0f, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(), 0.1f};
  EXPECT_EQ(put(kWhole, {3}, {odd}), 1);
  const auto found = open_again()->vector(kWhole, looks_[3]);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(*found)), std::as_bytes(std::span(odd))));
  EXPECT_EQ(catalog_.vector(kWhole, looks_[4]), std::nullopt);
  EXPECT_EQ(catalog_.vector({"other", ""}, looks_[3]), std::nullopt);
  EXPECT_EQ(catalog_.vector(kCropped, looks_[3]), std::nullopt);
}

TEST_P(VectorLogTest, VectorsComeAsAMatrixInTheOrderAskedForWithTheirBoxes) {
  put_crop(2, kCropped, kBox);
  put(kCropped, {1, 2, 3}, {{1, 0}, {2, 0}, {3, 0}});
  const auto stored = catalog_.vectors(kCropped, looks({3, 2, 3}));
  ASSERT_EQ(stored.vectors.rows(), 3u);
  ASSERT_EQ(stored.vectors.cols(), 2u);
  EXPECT_EQ(stored.vectors.row(0)[0], 3);
  EXPECT_EQ(stored.vectors.row(1)[0], 2);
  EXPECT_EQ(stored.vectors.row(2)[0], 3);
  EXPECT_EQ(stored.seen, (Seen{std::nullopt, kBox, std::nullopt}));
  EXPECT_EQ(catalog_.vectors(kCropped, {}).vectors.rows(), 0u);
  EXPECT_EQ(kind_of([&] { (void)catalog_.vectors(kCropped, looks({1, 4})); }), Kind::kNotFound);
  EXPECT_EQ(message_of([&] { (void)catalog_.vectors(kCropped, looks({1, 4})); }),
            "model m, look " + to_string(looks_[4]) + ": no vector; run `ootd embed`");
  EXPECT_EQ(kind_of([&] { (void)catalog_.vectors(kNext, looks({1})); }), Kind::kNotFound) << "of no generation";
}

TEST_P(VectorLogTest, RefusesWhatCannotBeAVectorOfTheGeneration) {
  const auto refusal = [&](const Generation& generation, std::initializer_list<std::size_t> numbers,
                           const std::vector<Vector>& vectors,
                           const Seen& seen = {}) { return kind_of([&] { put(generation, numbers, vectors, seen); }); };
  put(kWhole, {1}, {{1, 0}});
  EXPECT_EQ(refusal(kWhole, {2}, {{1, 0, 0}}), Kind::kInput) << "another length";
  EXPECT_EQ(refusal(kWhole, {2, 3}, {{1, 0}}), Kind::kInput) << "fewer vectors than looks";
  EXPECT_EQ(refusal(kWhole, {2}, {{1, 0}}, Seen(2)), Kind::kInput) << "more boxes than looks";
  EXPECT_EQ(refusal(kWhole, {2}, {{1, std::numeric_limits<float>::quiet_NaN()}}), Kind::kInput);
  EXPECT_EQ(refusal(kWhole, {2, 3}, {{1, 0}, {1, std::numeric_limits<float>::infinity()}}), Kind::kInput);
  EXPECT_EQ(refusal(kWhole, {2}, {{}}), Kind::kInput) << "no numbers";
  EXPECT_EQ(refusal({"", ""}, {2}, {{1, 0}}), Kind::kInput) << "no name";
  EXPECT_EQ(catalog_.vector_count(kWhole), 1) << "a refused call changes nothing";
  put({"wide", ""}, {1}, {{1, 0, 0}});
  EXPECT_EQ(put({"nothing", ""}, {}, {}), 0);
  EXPECT_EQ(catalog_.vector_dim(kWhole), 2u);
  EXPECT_EQ(catalog_.vector_dim({"wide", ""}), 3u);
  EXPECT_EQ(catalog_.vector_dim({"nothing", ""}), 0u);
}

TEST_P(VectorLogTest, VectorsOfLooksThatAreGoneAreLeftOut) {
  catalog_.erase_image("image2");
  EXPECT_EQ(put(kWhole, {2}, {{1, 2, 3}}), 0);
  EXPECT_EQ(catalog_.vector_dim(kWhole), 0u) << "its first vector fixes the length, and there is none yet";
  EXPECT_EQ(put(kWhole, {1, 2, 3}, {{1, 0}, {2, 0}, {3, 0}}), 2);
  EXPECT_EQ(catalog_.vector(kWhole, looks_[2]), std::nullopt);
  EXPECT_EQ(changes(kWhole), "1:1 3:3 ");
}

TEST_P(VectorLogTest, VectorsOfOtherPixelsThanTheCropsOfTodayAreLeftOut) {
  put_crop(1, kCropped, kBox);
  put_crop(2, kCropped, kBox);
  put_crop(3, kCropped, std::nullopt);
  const Seen seen = {kBox, kBox, std::nullopt, std::nullopt};
  put_crop(2, kCropped, kOther);  // while the pixels were on their way
  EXPECT_EQ(put(kCropped, {1, 2, 3, 4}, {{1}, {2}, {3}, {4}}, seen), 3);
  EXPECT_EQ(catalog_.vector(kCropped, looks_[2]), std::nullopt);
  put_crop(3, kCropped, kBox);
  EXPECT_EQ(put(kCropped, {3}, {{33}}, {std::nullopt}), 0);
  EXPECT_EQ(catalog_.vector(kCropped, looks_[3]), Vector{3}) << "the former one serves";
  EXPECT_EQ(lacking(kCropped), looks({2, 3, 5, 6, 7, 8, 9, 10}));
  put_crop(4, kNext, kBox);
  EXPECT_EQ(put(kCropped, {4}, {{44}}, {std::nullopt}), 1) << "another origin's crops are not this generation's";
}

TEST_P(VectorLogTest, EachSideOfABoxCounts) {
  const Box shifted[] = {{11, 20, 30, 40}, {10, 21, 30, 40}, {10, 20, 31, 40}, {10, 20, 30, 41}};
  for (std::size_t i = 0; i < 4; ++i) {
    put_crop(i + 1, kCropped, Box{10, 20, 30, 40});
    put_crop(i + 1, kNext, shifted[i]);
  }
  put(kCropped, {1, 2, 3, 4}, {{1}, {2}, {3}, {4}});
  EXPECT_EQ(catalog_.adopt_vectors(kCropped, kNext, 100), 0);
  EXPECT_EQ(put(kNext, {1, 2, 3, 4}, {{1}, {2}, {3}, {4}}, Seen(4, Box{10, 20, 30, 40})), 0);
  EXPECT_EQ(put(kNext, {1, 2, 3, 4}, {{1}, {2}, {3}, {4}}, Seen(std::begin(shifted), std::end(shifted))), 4);
  EXPECT_EQ(lacking(kNext), looks({5, 6, 7, 8, 9, 10}));
  for (std::size_t i = 0; i < 4; ++i) put_crop(i + 1, kNext, Box{10, 20, 30, 40});
  EXPECT_EQ(lacking(kNext), looks({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_P(VectorLogTest, LooksToEmbedAreListedInSteps) {
  EXPECT_EQ(catalog_.looks_to_embed(kWhole, {}, 3), looks({1, 2, 3})) << "a generation that nobody knows yet";
  put(kWhole, {2, 4, 5}, {{1}, {1}, {1}});
  put({"other", ""}, {1}, {{1}});
  put(kCropped, {1}, {{1}});
  EXPECT_EQ(catalog_.looks_to_embed(kWhole, {}, 4), looks({1, 3, 6, 7}));
  EXPECT_EQ(catalog_.looks_to_embed(kWhole, looks_[7], 100), looks({8, 9, 10}));
  catalog_.erase_image("image9");
  EXPECT_EQ(catalog_.looks_to_embed(kWhole, looks_[7], 100), looks({8, 10}));
  EXPECT_TRUE(catalog_.looks_to_embed(kWhole, {}, 0).empty());
}

TEST_P(VectorLogTest, AVectorOfAnOlderCropIsListedAndServesUntilThereIsANewOne) {
  catalog_.erase_image("image10");
  put_crop(1, kCropped, kBox);
  put(kCropped, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}});
  put_crop(1, kCropped, kBox);
  put_crop(2, kCropped, std::nullopt);
  EXPECT_TRUE(lacking(kCropped).empty()) << "the same box, and still whole";
  const auto before = changes(kCropped);
  put_crop(1, kCropped, kOther);
  EXPECT_EQ(lacking(kCropped), looks({1})) << "another box";
  put_crop(2, kCropped, kBox);
  EXPECT_EQ(lacking(kCropped), looks({1, 2})) << "whole before";
  EXPECT_EQ(catalog_.vector(kCropped, looks_[1]), Vector{1});
  EXPECT_EQ(catalog_.vectors(kCropped, looks({1})).seen, Seen{kBox});
  EXPECT_EQ(catalog_.vector_count(kCropped), 9);
  EXPECT_EQ(changes(kCropped), before);
  put(kCropped, {1}, {{11}});
  EXPECT_EQ(lacking(kCropped), looks({2}));
  EXPECT_EQ(catalog_.vectors(kCropped, looks({1})).seen, Seen{kOther});
  put_crop(1, kCropped, std::nullopt);
  EXPECT_EQ(lacking(kCropped), looks({1, 2})) << "a box no more";
  put_crop(3, kNext, kBox);
  EXPECT_EQ(lacking(kCropped), looks({1, 2})) << "another origin's crop";
}

// --- Generations

TEST_P(VectorLogTest, OneModelsVectorsOfTwoSetsOfCropsStandSideBySide) {
  put_crop(1, kCropped, kBox);
  put_crop(1, kNext, kOther);
  put(kCropped, {1, 2}, {{1}, {2}});
  put(kNext, {1}, {{100}});
  EXPECT_EQ(catalog_.vector(kCropped, looks_[1]), Vector{1});
  EXPECT_EQ(catalog_.vector(kNext, looks_[1]), Vector{100});
  EXPECT_EQ(changes(kCropped), "1:1 2:2 ");
  EXPECT_EQ(changes(kNext), "1:100 ");
  EXPECT_EQ(to_string(kNext), "m, crops new detector/rule");
  EXPECT_EQ(to_string(kWhole), "m");
}

TEST_P(VectorLogTest, GenerationsComeWithMostVectorsFirstThenByName) {
  EXPECT_TRUE(catalog_.generations().empty());
  put({"few", "b"}, {1}, {{1}});
  put({"few", "a"}, {1}, {{1}});
  put({"emptied", ""}, {2}, {{1}});
  put({"many", ""}, {1, 3, 4}, {{1}, {1}, {1}});
  catalog_.erase_image("image2");
  std::string text;
  for (const auto& held : catalog_.generations())
    text += to_string(held.generation) + ": " + std::to_string(held.vectors) + "; ";
  EXPECT_EQ(text, "many: 3; few, crops a: 1; few, crops b: 1; ");
  EXPECT_EQ(catalog_.vector_count({"many", ""}), 3);
  EXPECT_EQ(catalog_.vector_count({"unknown", ""}), 0);
}

TEST_P(VectorLogTest, AdoptionTakesOverWhatSeesTheSamePixels) {
  for (const std::size_t number : {1, 2}) put_crop(number, kCropped, kBox);
  put_crop(1, kNext, kBox);    // the same
  put_crop(2, kNext, kOther);  // another box
  put_crop(3, kNext, kBox);    // whole before
  for (const std::size_t number : {4, 5, 6}) put_crop(number, kNext, std::nullopt);
  put(kCropped, {1, 2, 3, 4, 5, 6, 7}, {{1}, {2}, {3}, {4}, {5}, {6}, {7}});  // nobody has looked at 7 for kNext yet
  put(kNext, {6}, {{66}});
  EXPECT_EQ(catalog_.adopt_vectors(kCropped, kNext, 2), 2);
  EXPECT_EQ(catalog_.adopt_vectors(kCropped, kNext, 100), 1);
  EXPECT_EQ(catalog_.adopt_vectors(kCropped, kNext, 100), 0);
  EXPECT_EQ(catalog_.vector(kNext, looks_[1]), Vector{1});
  EXPECT_EQ(catalog_.vector(kNext, looks_[4]), Vector{4});
  EXPECT_EQ(catalog_.vector(kNext, looks_[5]), Vector{5});
  EXPECT_EQ(catalog_.vector(kNext, looks_[6]), Vector{66}) << "it had its own";
  EXPECT_EQ(catalog_.vectors(kNext, looks({1, 4})).seen, (Seen{kBox, std::nullopt}));
  EXPECT_EQ(lacking(kNext), looks({2, 3, 7, 8, 9, 10}));
  EXPECT_EQ(catalog_.vector_count(kCropped), 7) << "the former generation keeps what it had";
  VectorLog::Cursor cursor;
  EXPECT_EQ(follow(kNext, cursor).size(), std::string("6:66 1:1 4:4 5:5 ").size());
  EXPECT_EQ(changes(kNext, cursor), "");
}

TEST_P(VectorLogTest, AdoptionIsWithinOneModelAndOfVectorsThatAreThere) {
  put(kWhole, {1}, {{1}});
  EXPECT_EQ(kind_of([&] { catalog_.adopt_vectors(kWhole, {"other", ""}, 100); }), Kind::kInput);
  EXPECT_EQ(catalog_.adopt_vectors(kWhole, kWhole, 100), 0);
  EXPECT_EQ(catalog_.adopt_vectors(kNext, kWhole, 100), 0) << "of an unknown generation";
  put_crop(1, kNext, kBox);
  EXPECT_EQ(catalog_.adopt_vectors(kWhole, kNext, 100), 0);
  EXPECT_EQ(catalog_.vector_dim(kNext), 0u) << "nothing adopted fixes nothing";
}

TEST_P(VectorLogTest, ServingAnotherGenerationLeavesAWayBack) {
  EXPECT_EQ(catalog_.serving(), std::nullopt);
  EXPECT_EQ(catalog_.served_before(), std::nullopt);
  catalog_.serve(kWhole);
  EXPECT_EQ(catalog_.serving(), kWhole);
  EXPECT_EQ(catalog_.served_before(), std::nullopt);
  catalog_.serve(kCropped);
  catalog_.serve(kNext);
  const auto again = open_again();
  EXPECT_EQ(again->serving(), kNext);
  EXPECT_EQ(again->served_before(), kCropped);
  again->serve(kNext);
  EXPECT_EQ(catalog_.served_before(), kCropped) << "serving it again forgets nothing";
  catalog_.serve(*catalog_.served_before());
  EXPECT_EQ(catalog_.serving(), kCropped);
  EXPECT_EQ(catalog_.served_before(), kNext) << "so a second step goes forth again";
}

TEST_P(VectorLogTest, OldVectorsGoInPiecesAndThoseOfTheTwoThatServeOrServedStay) {
  const Generation tops = {"m#top", kCropped.crops}, other_model = {"other", kNext.crops};
  const auto all = {std::size_t{1}, std::size_t{2}, std::size_t{3}};
  for (const auto& generation : {kWhole, kCropped, kNext, tops, other_model}) put(generation, all, {{1}, {2}, {3}});
  put({"old", "older detector/rule"}, {1, 2, 3, 4}, {{1}, {2}, {3}, {4}});
  EXPECT_EQ(catalog_.drop_old_vectors(100), 0) << "nothing serves yet: nothing is known to be old";
  catalog_.serve(kCropped);
  catalog_.serve(kNext);
  std::vector<std::int64_t> pieces;
  do {
    pieces.push_back(catalog_.drop_old_vectors(2));
  } while (pieces.back() > 0);
  std::int64_t dropped = 0;
  for (const auto piece : pieces) {
    EXPECT_LE(piece, 2);
    dropped += piece;
  }
  EXPECT_EQ(dropped, 7);
  for (const auto& generation : {kCropped, kNext, tops, other_model})
    EXPECT_EQ(catalog_.vector_count(generation), 3) << to_string(generation);
  EXPECT_EQ(catalog_.generations().size(), 4u);
  EXPECT_EQ(catalog_.vector_dim(kWhole), 0u) << "a dropped one may come back with another length";
  EXPECT_EQ(put(kWhole, {1}, {{1, 2}}), 1);
}

// --- The feed

TEST_P(VectorLogTest, ChangesComeInTheOrderOfTheirWritesWithReplacementsAndErasures) {
  put(kWhole, {1, 2, 3}, {{10}, {20}, {30}});
  put({"other", ""}, {1, 2}, {{7}, {7}});
  VectorLog::Cursor cursor;
  EXPECT_EQ(follow(kWhole, cursor), "1:10 2:20 3:30 ");
  EXPECT_EQ(changes(kWhole, cursor), "");
  put(kWhole, {2}, {{21}});
  catalog_.erase_image("image1");
  put(kWhole, {4}, {{40}});
  catalog_.erase_image("image10");  // had no vector: no change
  EXPECT_EQ(changes(kWhole, cursor), "2:21 1:erased 4:40 ");
  EXPECT_EQ(changes(kWhole, cursor, 1), "2:21 1:erased 4:40 ") << "asked for one at a time";
  EXPECT_EQ(changes(kWhole), "3:30 2:21 1:erased 4:40 ") << "a look comes once, as it is now";
  EXPECT_EQ(changes({"other", ""}), "2:7 1:erased ");
  follow(kWhole, cursor);
  catalog_.erase_image("image4");
  EXPECT_EQ(follow(kWhole, cursor), "4:erased ") << "an erasure may be the last";
  EXPECT_EQ(open_again()->changes_after(kWhole, cursor, 10).changes.size(), 0u) << "a cursor outlives the process";
}

TEST_P(VectorLogTest, MoreSaysWhetherOthersAreThereAlready) {
  put(kWhole, {1, 2, 3}, {{1}, {2}, {3}});
  const auto two = catalog_.changes_after(kWhole, {}, 2);
  EXPECT_EQ(two.changes.size(), 2u);
  EXPECT_TRUE(two.more);
  const auto last = catalog_.changes_after(kWhole, two.cursor, 1);
  EXPECT_EQ(last.changes.size(), 1u);
  EXPECT_FALSE(last.more) << "exactly as many as were asked for";
  const auto none = catalog_.changes_after(kWhole, last.cursor, 1);
  EXPECT_TRUE(none.changes.empty());
  EXPECT_FALSE(none.more);
  put(kWhole, {1}, {{11}});
  EXPECT_EQ(changes(kWhole, none.cursor), "1:11 ");
}

TEST_P(VectorLogTest, AFollowerMayComeBeforeTheFirstVector) {
  VectorLog::Cursor cursor;
  EXPECT_EQ(follow(kWhole, cursor), "");
  put({"other", ""}, {1, 2}, {{7}, {7}});
  EXPECT_EQ(follow(kWhole, cursor), "");
  put(kWhole, {1}, {{1}});
  EXPECT_EQ(follow(kWhole, cursor), "1:1 ");
}

TEST_P(VectorLogTest, ACursorThatIsNotOfThisFeedIsRefused) {
  put(kWhole, {1, 2, 3}, {{1}, {2}, {3}});
  put(kCropped, {1, 2, 3}, {{1}, {2}, {3}});
  const testing::TempDir elsewhere;
  const auto other = GetParam().open(elsewhere.path());
  const LookKey look = other->add_image(testing::image("image1")).key;
  other->put_vectors(kWhole, {&look, 1}, matrix({{1}}));
  const auto theirs = other->changes_after(kWhole, {}, 1).cursor;
  const auto ours = catalog_.changes_after(kWhole, {}, 1).cursor;
  const auto refusal = [&](const VectorLog::Cursor& cursor) {
    return kind_of([&] { (void)catalog_.changes_after(kWhole, cursor, 10); });
  };
  EXPECT_EQ(refusal(ours), std::nullopt);
  EXPECT_EQ(refusal(theirs), Kind::kInput) << theirs << " is of another store";
  EXPECT_EQ(refusal(catalog_.changes_after(kCropped, {}, 1).cursor), Kind::kInput) << "of another generation";
  for (const char* garbage : {"0", "5", "/", "sqlite/5", "é"}) EXPECT_EQ(refusal(garbage), Kind::kInput) << garbage;
  for (const char* tail : {"x", " ", "/1", "000000000000000000000"}) EXPECT_EQ(refusal(ours + tail), Kind::kInput);
  EXPECT_EQ(kind_of([&] { (void)catalog_.changes_after({"unknown", ""}, ours, 10); }), Kind::kInput);
}

// What the follower holds would be of vectors that went without a word.
TEST_P(VectorLogTest, ACursorOfAGenerationThatWasDroppedIsRefusedAlsoWhenItIsThereAgain) {
  put(kWhole, {1, 2}, {{1}, {2}});
  const auto cursor = catalog_.changes_after(kWhole, {}, 10).cursor;
  catalog_.serve(kNext);
  EXPECT_EQ(catalog_.drop_old_vectors(1), 1);
  EXPECT_EQ(kind_of([&] { (void)catalog_.changes_after(kWhole, cursor, 10); }), Kind::kInput) << "half dropped";
  while (catalog_.drop_old_vectors(100) > 0) {
  }
  EXPECT_EQ(kind_of([&] { (void)catalog_.changes_after(kWhole, cursor, 10); }), Kind::kInput);
  put(kWhole, {2, 3}, {{2}, {3}});
  EXPECT_EQ(kind_of([&] { (void)catalog_.changes_after(kWhole, cursor, 10); }), Kind::kInput);
  EXPECT_EQ(changes(kWhole), "2:2 3:3 ");
}

// A follower that knows only changes_after, against the catalog itself.
TEST_P(VectorLogTest, AFollowerAlwaysArrivesAtTheSameVectors) {
  Random random(11);
  std::map<LookKey, Vector> follower;
  VectorLog::Cursor cursor;
  int next_image = 11;
  for (int round = 0; round < 150; ++round) {
    {
      Catalog::Batch batch(catalog_);
      for (int i = 0; i < 5; ++i) {
        const auto keys = catalog_.all_keys();
        const auto choice = random.below(10);
        if (choice < 6 && !keys.empty()) {
          const LookKey look = keys[random.below(keys.size())];
          catalog_.put_vectors(random.below(4) == 0 ? kCropped : kWhole, {&look, 1},
                               matrix({{static_cast<float>(random.below(1000)), 1}}));
        } else if (choice < 8 && !keys.empty()) {
          catalog_.erase_image(catalog_.find_image(keys[random.below(keys.size())])->id);
        } else {
          add("image" + std::to_string(next_image++));
        }
      }
      if (random.below(4) != 0) batch.commit();  // a batch taken back must leave no gap that hides a change
    }
    if (random.below(3) == 0) continue;
    for (bool more = true; more;) {
      const auto step = catalog_.changes_after(kWhole, cursor, 3);
      for (const auto& change : step.changes) {
        if (change.erased) {
          follower.erase(change.look);
        } else {
          follower[change.look] = change.vector;
        }
      }
      cursor = step.cursor;
      more = step.more;
    }
    ASSERT_EQ(static_cast<std::int64_t>(follower.size()), catalog_.vector_count(kWhole));
    for (const auto& [look, vector] : follower) ASSERT_EQ(catalog_.vector(kWhole, look), vector);
  }
}

TEST_P(VectorLogTest, AFollowerMeetsEachCommittedChangeOnceWhileWritersCommit) {
  constexpr std::size_t kWriters = 3, kOfEach = 30;
  add_looks(kWriters * kOfEach);  // from 11 on; the first ten stay as they are
  std::atomic<std::size_t> writing = kWriters;
  std::vector<std::thread> writers;
  for (std::size_t w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (std::size_t i = 0; i < kOfEach; ++i) {
        const std::size_t number = 11 + w * kOfEach + i;
        {
          Catalog::Batch batch(catalog_);
          put(kWhole, {number}, {{static_cast<float>(number)}});
          if (i % 5 != 4) batch.commit();  // what is taken back is no change
        }
        if (i % 5 == 3) catalog_.erase_image("image" + std::to_string(number));
      }
      --writing;
    });
  std::map<LookKey, int> vectors, erasures;
  VectorLog::Cursor cursor;
  for (bool last = false; !last;) {
    last = writing == 0;  // once more after they have ended
    for (bool more = true; more;) {
      const auto step = catalog_.changes_after(kWhole, cursor, 4);
      for (const auto& change : step.changes) {
        ++(change.erased ? erasures : vectors)[change.look];
        if (change.erased) continue;
        EXPECT_EQ(name_of(change.look), std::to_string(static_cast<int>(change.vector.at(0))));
      }
      cursor = step.cursor;
      more = step.more;
    }
  }
  for (auto& writer : writers) writer.join();
  for (std::size_t number = 11; number < looks_.size(); ++number) {
    const std::size_t i = (number - 11) % 5;
    const LookKey look = looks_[number];
    EXPECT_EQ(erasures[look], i == 3 ? 1 : 0) << number;
    if (i == 3) {
      EXPECT_LE(vectors[look], 1) << number << ": maybe it was erased before it was met";
    } else {
      EXPECT_EQ(vectors[look], i == 4 ? 0 : 1) << number;
    }
  }
}

}  // namespace
}  // namespace ootd
