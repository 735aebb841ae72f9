// The contract of ClaimStore.
#include "tests/catalog/contract.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::message_of;
using Labels = std::vector<Label>;

class ClaimStoreTest : public testing::Contract {
 protected:
  Labels labels(LookKey look) const { return catalog_.find_image(look)->labels; }
};
OOTD_OVER_EVERY_BACKEND(ClaimStoreTest);

TEST_P(ClaimStoreTest, WhoSpeaksAgainReplacesWhatItSaidBefore) {
  const LookKey look = add("a");
  EXPECT_EQ(catalog_.put_claim(look, {"/a.jpg", "/x.csv", {{"style", "Retro"}, {"tag", "wool"}}}), 0);
  EXPECT_EQ(labels(look), (Labels{{"style", "Retro"}, {"tag", "wool"}}));
  EXPECT_EQ(catalog_.put_claim(look, {"/a.jpg", "/x.csv", {{"style", "Street"}}}), 2);
  EXPECT_EQ(labels(look), (Labels{{"style", "Street"}}));
  EXPECT_EQ(open_again()->find_image(look)->labels, (Labels{{"style", "Street"}}));
}

TEST_P(ClaimStoreTest, WhoCorrectsAKeyReplacesWhatOthersSaidOfTheSameFileUnderItAndNothingElse) {
  const LookKey look = add("a");
  catalog_.put_claim(look, {"/Retro/a.jpg", "", {{"style", "Retro"}, {"season", "winter"}}});
  catalog_.put_claim(look, {"/copy.jpg", "", {{"style", "Chic"}}});
  EXPECT_EQ(catalog_.put_claim(look, {"/Retro/a.jpg", "/x.csv", {{"style", "Street"}}}), 1);
  EXPECT_EQ(labels(look), (Labels{{"season", "winter"}, {"style", "Chic"}, {"style", "Street"}}));
  EXPECT_EQ(catalog_.put_claim(look, {"/Retro/a.jpg", "", {}}), 1) << "the season, which only the folder said";
  EXPECT_EQ(labels(look), (Labels{{"style", "Chic"}, {"style", "Street"}}));
}

TEST_P(ClaimStoreTest, WhatOneImportSaysAddsUp) {
  const LookKey look = add("a");
  catalog_.put_claim(look, {"/a.jpg", "/old.csv", {{"style", "Chic"}}});
  catalog_.put_claim(look, {"/a.jpg", "/x.csv", {{"style", "Retro"}}});
  catalog_.put_claim(look, {"/a.jpg", "/x.csv", {{"style", "Street"}}}, true);
  catalog_.put_claim(look, {"/a.jpg", "/y.csv", {{"style", "Casual"}}}, true);
  EXPECT_EQ(labels(look), (Labels{{"style", "Casual"}, {"style", "Retro"}, {"style", "Street"}}));
}

TEST_P(ClaimStoreTest, ASourceThatIsNoMoreTakesItsWordsWithItButNotThoseThatOthersSayToo) {
  const LookKey look = add("a");
  catalog_.put_claim(look, {"/Retro/a.jpg", "", {{"style", "Retro"}, {"tag", "wool"}}});
  catalog_.put_claim(look, {"/Street/a.jpg", "", {{"style", "Street"}, {"tag", "wool"}}});
  EXPECT_EQ(catalog_.sources(look), (std::vector<std::string>{"/Retro/a.jpg", "/Street/a.jpg", "/photos/a.jpg"}));
  EXPECT_EQ(catalog_.drop_source(look, "/Retro/a.jpg"), 1);
  EXPECT_EQ(labels(look), (Labels{{"style", "Street"}, {"tag", "wool"}}));
  EXPECT_EQ(catalog_.sources(look), (std::vector<std::string>{"/Street/a.jpg", "/photos/a.jpg"}));
  EXPECT_EQ(catalog_.drop_source(look, "/nowhere"), 0);
}

TEST_P(ClaimStoreTest, AHandHoldsAgainstEverySource) {
  const LookKey look = add("a");
  const Claim claim{"/a.jpg", "/x.csv", {{"style", "Retro"}}};
  catalog_.put_claim(look, claim);
  EXPECT_TRUE(catalog_.label(look, {"style", "Street"}));
  EXPECT_FALSE(catalog_.label(look, {"style", "Street"}));
  EXPECT_TRUE(catalog_.unlabel(look, {"style", "Retro"}));
  EXPECT_FALSE(catalog_.unlabel(look, {"style", "Retro"}));
  EXPECT_EQ(labels(look), (Labels{{"style", "Street"}}));
  catalog_.put_claim(look, claim);
  catalog_.put_claim(look, {"/b.jpg", "", {{"style", "Retro"}}});
  EXPECT_EQ(labels(look), (Labels{{"style", "Street"}})) << "the import says Retro again, and the hand said no";
  EXPECT_TRUE(catalog_.label(look, {"style", "Retro"}));
  EXPECT_EQ(labels(look), (Labels{{"style", "Retro"}, {"style", "Street"}}));
  EXPECT_TRUE(catalog_.unlabel(look, {"style", "Street"}));
  EXPECT_EQ(labels(look), (Labels{{"style", "Retro"}}));
  EXPECT_FALSE(catalog_.unlabel(look, {"style", "Nobody said it"}));
  catalog_.put_claim(look, {"/c.jpg", "", {{"style", "Nobody said it"}}});
  EXPECT_EQ(labels(look).size(), 2u) << "what was not there was not taken away";
}

TEST_P(ClaimStoreTest, WhatTheProgramSetsTwiceIsNotWhatAHandTookAway) {
  const LookKey look = add("a");
  catalog_.set_labels(look, "guess", std::vector<std::string>{"Retro"});
  EXPECT_TRUE(catalog_.unlabel(look, {"guess", "Retro"}));
  catalog_.set_labels(look, "guess", std::vector<std::string>{"Retro", "Chic"});
  EXPECT_EQ(labels(look), (Labels{{"guess", "Chic"}}));
}

TEST_P(ClaimStoreTest, LabelsAreNfcAndTrimmed) {
  const std::string decomposed = "\xE1\x84\x89\xE1\x85\xB3\xE1\x84\x90\xE1\x85\xB3\xE1\x84\x85\xE1\x85\xB5\xE1\x86\xBA";
  const LookKey look = add("a");
  catalog_.put_claim(look, {"/a.jpg", "", {{" style ", decomposed}, {"style", "\xC2\xA0 스트릿\t"}, {"note", "  "}}});
  EXPECT_EQ(labels(look), (Labels{{"style", "스트릿"}}));
  EXPECT_EQ(catalog_.keys_where(Filter::parse("style = \"" + decomposed + " \"")), std::vector<LookKey>{look});
  EXPECT_EQ(labels(add("b", {{"style", decomposed}})), (Labels{{"style", "스트릿"}}));
}

TEST_P(ClaimStoreTest, TheProgramsOwnKeysAreRefused) {
  const LookKey look = add("a");
  for (const char* key : {"crop", "palette", "copy_of", "id", " crop"}) {
    EXPECT_EQ(kind_of([&] { catalog_.put_claim(look, {"/a.jpg", "", {{"style", "Retro"}, {key, "x"}}}); }),
              Kind::kInput);
    EXPECT_EQ(kind_of([&] { catalog_.label(look, {key, "x"}); }), Kind::kInput);
  }
  EXPECT_EQ(labels(look), Labels{});
  EXPECT_EQ(message_of([&] { catalog_.put_claim(look, {"/a.jpg", "", {{"crop", "x"}}}); }),
            "/a.jpg: the label key \"crop\" is the program's own; choose another name");
  EXPECT_EQ(kind_of([&] { catalog_.put_claim(unknown_look(), {"/a.jpg"}); }), Kind::kNotFound);
  EXPECT_EQ(kind_of([&] { catalog_.label(look, {"", "x"}); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { catalog_.label(look, {"style", " "}); }), Kind::kInput);
}

TEST_P(ClaimStoreTest, LabelChangesGrowOnlyWhenALabelCameOrWent) {
  const LookKey look = add("a");
  const Claim claim{"/a.jpg", "", {{"style", "Retro"}}};
  const auto before = catalog_.label_changes();
  catalog_.put_claim(look, claim);
  const auto after = catalog_.label_changes();
  EXPECT_GT(after, before);
  catalog_.put_claim(look, claim);
  EXPECT_EQ(catalog_.label_changes(), after) << "caches need not be read again after a repeated import";
}

TEST_P(ClaimStoreTest, WhatIsKeptOutStaysSoWhetherOrNotItIsHere) {
  add("a");
  EXPECT_FALSE(catalog_.is_kept_out("a"));
  catalog_.keep_out("a");
  catalog_.keep_out("a");
  catalog_.keep_out("never here");
  catalog_.erase_image("a");
  EXPECT_TRUE(open_again()->is_kept_out("a"));
  EXPECT_TRUE(catalog_.is_kept_out("never here"));
  catalog_.let_in("a");
  EXPECT_FALSE(catalog_.is_kept_out("a"));
}

TEST_P(ClaimStoreTest, CopiesFollowTheFirstOfTheirGroupThatIsLeft) {
  add_looks(4);
  const auto copy = [&](std::size_t look, const std::string& of) {
    catalog_.set_labels(looks_[look], kCopyKey, {&of, 1});
  };
  using Pairs = std::vector<std::pair<LookKey, LookKey>>;
  EXPECT_EQ(catalog_.copies(), Pairs{});
  copy(2, "image1");
  copy(3, "image1");
  EXPECT_EQ(catalog_.copies(), (Pairs{{looks_[2], looks_[1]}, {looks_[3], looks_[1]}}));
  catalog_.erase_image("image1");
  EXPECT_EQ(catalog_.copies(), (Pairs{{looks_[3], looks_[2]}}));
  catalog_.set_labels(looks_[3], kCopyKey, {});
  EXPECT_EQ(catalog_.copies(), Pairs{});
}

TEST_P(ClaimStoreTest, FingerprintsStayWithTheirLooks) {
  add_looks(3);
  const std::vector<StoredFingerprint> two = {{looks_[1], 0, 7, ~std::uint64_t{0}, {std::byte{1}, std::byte{2}}},
                                              {looks_[3], 1, 8, 9, {std::byte{3}}}};
  catalog_.put_fingerprints(two);
  EXPECT_EQ(catalog_.looks_without_fingerprint({}, 10), looks({2}));
  EXPECT_EQ(catalog_.fingerprint(looks_[1], 0)->mirrored_hash, ~std::uint64_t{0});
  EXPECT_EQ(catalog_.fingerprint(looks_[1], 0)->pixels, two[0].pixels);
  EXPECT_FALSE(catalog_.fingerprint(looks_[1], 1).has_value());
  catalog_.erase_image("image1");
  std::vector<std::uint64_t> hashes;
  catalog_.each_fingerprint([&](const StoredFingerprint& one) { hashes.push_back(one.hash); });
  EXPECT_EQ(hashes, std::vector<std::uint64_t>{8});
}

}  // namespace
}  // namespace ootd
