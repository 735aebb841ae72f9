// The contract of LookStore.
#include <functional>

#include "ootd/base/random.h"
#include "tests/catalog/contract.h"

namespace ootd {
namespace {

using testing::image;
using testing::kind_of;
using testing::message_of;
using Keys = std::vector<LookKey>;

class LookStoreTest : public testing::Contract {
 protected:
  Keys where(const std::string& expression) const { return catalog_.keys_where(Filter::parse(expression)); }
};
OOTD_OVER_EVERY_BACKEND(LookStoreTest);

TEST_P(LookStoreTest, KeepsWhatItIsGivenAcrossReopening) {
  ImageRecord given = image("a", {{"style", "Street"}, {"class", "dress"}, {"style", "Retro"}, {"style", "Retro"}});
  given.source = "/photos/caf\xe9 \xff.jpg";  // no UTF-8: Linux allows any bytes
  const auto added = catalog_.add_image(given);
  EXPECT_TRUE(added.is_new);
  EXPECT_NE(added.key, LookKey{});
  catalog_.remember_source(given.source, 7, 1'700'000'000'123'456'789, "a");

  const auto reopened = open_again();
  const auto found = reopened->find_image("a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, "a");
  EXPECT_EQ(found->key, added.key);
  EXPECT_EQ(found->source, given.source);
  EXPECT_EQ(found->file, given.file);
  EXPECT_EQ(found->format, given.format);
  EXPECT_EQ(found->bytes, given.bytes);
  EXPECT_EQ(found->width, given.width);
  EXPECT_EQ(found->height, given.height);
  EXPECT_EQ(found->labels, (std::vector<Label>{{"class", "dress"}, {"style", "Retro"}, {"style", "Street"}}));
  EXPECT_EQ(reopened->find_image(added.key)->id, "a");
  EXPECT_EQ(reopened->file_of(added.key), given.file);
  EXPECT_EQ(reopened->find_source(given.source, 7, 1'700'000'000'123'456'789), "a");
  EXPECT_EQ(reopened->home(), home_.path());
}

TEST_P(LookStoreTest, WhatIsNotThereIsAnAnswer) {
  EXPECT_EQ(catalog_.image_count(), 0);
  EXPECT_FALSE(catalog_.find_image("a").has_value());
  EXPECT_FALSE(catalog_.find_image(unknown_look()).has_value());
  EXPECT_FALSE(catalog_.find_image(LookKey{}).has_value());
  EXPECT_EQ(catalog_.file_of(unknown_look()), std::nullopt);
  EXPECT_TRUE(catalog_.all_keys().empty());
  EXPECT_TRUE(catalog_.label_keys().empty());
  EXPECT_FALSE(catalog_.erase_image("a"));
}

TEST_P(LookStoreTest, AKnownImageGetsOnlyTheLabelsItLacks) {
  const LookKey key = add("a", {{"style", "Retro"}});
  ImageRecord again = image("a", {{"style", "Retro"}, {"style", "Chic"}});
  again.source = "/elsewhere.jpg";
  const auto added = catalog_.add_image(again);
  EXPECT_FALSE(added.is_new);
  EXPECT_EQ(added.key, key);
  EXPECT_EQ(catalog_.image_count(), 1);
  EXPECT_EQ(catalog_.find_image(key)->labels, (std::vector<Label>{{"style", "Chic"}, {"style", "Retro"}}));
  EXPECT_EQ(catalog_.find_image(key)->source, "/photos/a.jpg");
}

TEST_P(LookStoreTest, RefusesAnImageWithoutAnIdAndALabelWithoutAKey) {
  EXPECT_EQ(kind_of([&] { add(""); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { add("c", {{"", "x"}}); }), Kind::kInput);
  EXPECT_EQ(catalog_.image_count(), 0);
}

TEST_P(LookStoreTest, AKeyIsNeverGivenAgainAndGrows) {
  add_looks(3);
  EXPECT_LT(looks_[1], looks_[2]);
  EXPECT_LT(looks_[2], looks_[3]);
  catalog_.erase_image("image3");
  EXPECT_GT(add("image3"), looks_[3]) << "the same photo is another look";
  EXPECT_FALSE(catalog_.find_image(looks_[3]).has_value());
}

TEST_P(LookStoreTest, WalksAllImagesInSteps) {
  for (const char* id : {"d", "c", "b", "a"}) add(id, {{"style", id}, {"x", id}});
  add("none");
  catalog_.erase_image("c");
  std::string walked;
  Keys keys;
  LookKey after = {};
  for (;;) {
    const auto images = catalog_.images_after(after, 2);
    if (images.empty()) break;
    EXPECT_LE(images.size(), 2u);
    for (const auto& found : images) {
      walked += found.id + " ";
      keys.push_back(found.key);
      const std::vector<Label> both = {{"style", found.id}, {"x", found.id}};
      EXPECT_EQ(found.labels, found.id == "none" ? std::vector<Label>{} : both);
    }
    after = images.back().key;
  }
  EXPECT_EQ(walked, "d b a none ");
  EXPECT_EQ(keys, catalog_.all_keys());
  EXPECT_TRUE(catalog_.images_after({}, 0).empty());
}

TEST_P(LookStoreTest, FindImagesKeepsTheOrderAskedForAndLeavesOutWhatIsGone) {
  add_looks(3);
  catalog_.set_labels(looks_[3], "style", std::vector<std::string>{"Retro"});
  catalog_.erase_image("image2");
  const auto found = catalog_.find_images(looks({3, 2, 1, 0, 3}));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].id, "image3");
  EXPECT_EQ(found[0].labels, (std::vector<Label>{{"style", "Retro"}}));
  EXPECT_EQ(found[1].id, "image1");
  EXPECT_EQ(found[2].id, "image3");
  EXPECT_TRUE(catalog_.find_images({}).empty());
}

TEST_P(LookStoreTest, ASourceIsKnownOnlyUnchanged) {
  add("a");
  add("b");
  catalog_.remember_source("x.jpg", 10, 20, "a");
  EXPECT_EQ(catalog_.find_source("x.jpg", 10, 20), "a");
  EXPECT_EQ(catalog_.find_source("x.jpg", 11, 20), std::nullopt);
  EXPECT_EQ(catalog_.find_source("x.jpg", 10, 21), std::nullopt);
  EXPECT_EQ(catalog_.find_source("y.jpg", 10, 20), std::nullopt);
  catalog_.remember_source("x.jpg", 11, 30, "b");
  EXPECT_EQ(catalog_.find_source("x.jpg", 11, 30), "b");
  EXPECT_EQ(catalog_.find_source("x.jpg", 10, 20), std::nullopt);
  EXPECT_EQ(kind_of([&] { catalog_.remember_source("z.jpg", 1, 1, "unknown"); }), Kind::kNotFound);
}

TEST_P(LookStoreTest, CountsLabelsByKey) {
  const LookKey a = add("a", {{"style", "Retro"}, {"style", "Chic"}, {"split", "train"}});
  const LookKey b = add("b", {{"style", "Retro"}});
  const auto keys = catalog_.label_keys();
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].key, "split");
  EXPECT_EQ(keys[0].values, 1);
  EXPECT_EQ(keys[0].images, 1);
  EXPECT_EQ(keys[1].key, "style");
  EXPECT_EQ(keys[1].values, 2);
  EXPECT_EQ(keys[1].images, 2);
  EXPECT_EQ(catalog_.label_key_names(), (std::vector<std::string>{"split", "style"}));
  EXPECT_EQ(catalog_.labels_of("style"),
            (std::vector<std::pair<LookKey, std::string>>{{a, "Chic"}, {a, "Retro"}, {b, "Retro"}}));
  EXPECT_TRUE(catalog_.labels_of("unknown").empty());
}

TEST_P(LookStoreTest, SetLabelsReplacesTheValuesOfOneKey) {
  const LookKey key = add("a", {{"style", "Retro"}, {"class", "hat"}});
  catalog_.set_labels(key, "style", std::vector<std::string>{"Street", "Chic", "Chic"});
  EXPECT_EQ(catalog_.find_image(key)->labels,
            (std::vector<Label>{{"class", "hat"}, {"style", "Chic"}, {"style", "Street"}}));
  catalog_.set_labels(key, "style", {});
  EXPECT_EQ(catalog_.find_image(key)->labels, (std::vector<Label>{{"class", "hat"}}));
  EXPECT_EQ(catalog_.label_key_names(), std::vector<std::string>{"class"});
  EXPECT_EQ(kind_of([&] { catalog_.set_labels(key, "", {}); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { catalog_.set_labels(unknown_look(), "style", {}); }), Kind::kNotFound);
  EXPECT_EQ(message_of([&] { catalog_.set_labels(unknown_look(), "style", {}); }), "there is no look 1000000000")
      << "this goes to clients: no paths";
}

TEST_P(LookStoreTest, AnErasedImageTakesAllThatWasKnownOfItWithIt) {
  add_looks(2);
  const LookKey one = looks_[1], two = looks_[2];
  const auto append = [&](const char* user, LookKey look, EventKind kind = EventKind::kLike, std::int64_t undoes = 0) {
    return catalog_.append_event({.user = user, .kind = kind, .look = look, .undoes = undoes}).id;
  };
  append("u", one);
  append("u", two, EventKind::kUndo, append("u", two));
  append("only this look", two, EventKind::kSkip);
  catalog_.set_labels(two, "style", std::vector<std::string>{"Retro"});
  catalog_.remember_source("photo.jpg", 1, 1, "image2");
  catalog_.put_failure({"import", "photo.jpg", "r"});
  catalog_.put_failure({"fetch", "/photos/image2.jpg", "r"});
  catalog_.put_failure({"embed", "image2", "r"});
  catalog_.put_failure({"embed", "image1", "r"});
  catalog_.append_event({.user = "quizzed", .kind = EventKind::kQuiz, .picks = QuizPicks{{"Retro"}, {}}});
  append("quizzed", two);
  const Garment garment{"top", "", 1, {}};
  catalog_.put_garments(two, "label", {&garment, 1});
  catalog_.put_crop(two, {"d/r", "", Box{0, 0, 1, 1}});
  catalog_.put_vectors({"m", "d/r"}, looks({2}), testing::matrix({{1, 0}}));

  EXPECT_TRUE(catalog_.erase_image("image2"));
  EXPECT_FALSE(catalog_.erase_image("image2"));
  EXPECT_EQ(catalog_.image_count(), 1);
  EXPECT_EQ(catalog_.all_keys(), Keys{one});
  ASSERT_EQ(catalog_.events("u").size(), 1u);
  EXPECT_EQ(catalog_.events("u")[0].look, one);
  EXPECT_EQ(catalog_.users(), (std::vector<std::string>{"quizzed", "u"})) << "who has no events is no user";
  EXPECT_FALSE(catalog_.has_user("only this look"));
  EXPECT_TRUE(catalog_.garments(two, "label").empty());
  EXPECT_EQ(catalog_.crop(two, "d/r"), std::nullopt);
  EXPECT_EQ(catalog_.vector({"m", "d/r"}, two), std::nullopt);
  EXPECT_TRUE(catalog_.label_keys().empty());
  EXPECT_TRUE(catalog_.failures("import").empty());
  EXPECT_TRUE(catalog_.failures("fetch").empty());
  ASSERT_EQ(catalog_.failures("embed").size(), 1u);
  EXPECT_EQ(catalog_.failures("embed")[0].item, "image1");
  EXPECT_EQ(catalog_.find_source("photo.jpg", 1, 1), std::nullopt);
}

// --- keys_where

// Look 4 carries two styles, look 6 no label.
class KeysWhereTest : public LookStoreTest {
 protected:
  KeysWhereTest() {
    looks_.push_back(add("a1", {{"style", "Retro"}, {"class", "dress"}}));
    looks_.push_back(add("a2", {{"style", "Retro"}, {"class", "shoes"}}));
    looks_.push_back(add("a3", {{"style", "Street"}, {"class", "hat"}}));
    looks_.push_back(add("a4", {{"style", "Retro"}, {"style", "Street"}, {"class", "dress"}}));
    looks_.push_back(add("a5", {{"style", "say \"hi\" \\ now"}, {"neck line", "V"}, {"색", "빨강"}}));
    looks_.push_back(add("a6"));
  }
};
OOTD_OVER_EVERY_BACKEND(KeysWhereTest);

TEST_P(KeysWhereTest, AnImageMatchesIfOneOfItsValuesDoes) {
  EXPECT_EQ(where("style = Retro"), looks({1, 2, 4}));
  EXPECT_EQ(where("style = Street"), looks({3, 4}));
  EXPECT_EQ(where("style=Retro and style=Street"), looks({4}));
}

TEST_P(KeysWhereTest, NotHoldsForImagesWithoutTheKey) {
  EXPECT_EQ(where("style != Retro"), looks({3, 5, 6}));
  EXPECT_EQ(where("not not style = Retro"), where("style = Retro"));
}

TEST_P(KeysWhereTest, AndOrAndNotAreThoseOfSets) {
  EXPECT_EQ(where("style = Street or style = Retro and class = dress"), looks({1, 3, 4}));
  EXPECT_EQ(where("(style = Street or style = Retro) and class = dress"), looks({1, 4}));
  EXPECT_EQ(where("not class = dress and style = Retro"), looks({2}));
  EXPECT_EQ(where("not (class = dress and style = Retro)"), looks({2, 3, 5, 6}));
}

TEST_P(KeysWhereTest, InIsTheUnionOfItsValues) {
  EXPECT_EQ(where("class in (shoes, hat)"), looks({2, 3}));
  EXPECT_EQ(where("style = Retro and not (class in (shoes, hat))"), looks({1, 4}));
}

TEST_P(KeysWhereTest, KeysAndValuesMayBeAnyText) {
  EXPECT_EQ(where(R"(style = "say \"hi\" \\ now")"), looks({5}));
  EXPECT_EQ(where(R"("neck line" = V)"), looks({5}));
  EXPECT_EQ(where(R"("색" = "빨강")"), looks({5}));
}

TEST_P(KeysWhereTest, NumbersAndDatesHaveAnOrder) {
  looks_.push_back(add("b1", {{"price", "9.5"}, {"day", "2026-01-31"}}));
  looks_.push_back(add("b2", {{"price", "100"}, {"price", "20"}, {"day", "2026-02-01"}}));
  looks_.push_back(add("b3", {{"price", "on request"}, {"day", "2027-01-01T10:00+09:00"}}));
  EXPECT_EQ(where("price < 20"), looks({7}));
  EXPECT_EQ(where("price <= 20"), looks({7, 8})) << "one of its values does";
  EXPECT_EQ(where("price > 10 and price < 50"), looks({8}));
  EXPECT_EQ(where("not price > 0"), looks({1, 2, 3, 4, 5, 6, 9}));
  EXPECT_EQ(where("day <= 2026-01"), looks({7}));
  EXPECT_EQ(where("day >= 2026-02-01"), looks({8, 9}));
  EXPECT_EQ(where(R"({"and": [{"key": "day", ">": "2026"}, {"key": "price", "!=": "5"}]})"), looks({9}));
  EXPECT_EQ(message_of([&] { where(R"({"key": "cost", "<": 5})"); }).find("filter: no image has a label \"cost\"; "),
            0u);
}

TEST_P(KeysWhereTest, IdComparesImageIds) {
  EXPECT_EQ(where("id = a3"), looks({3}));
  EXPECT_EQ(where("id in (a6, a1, none)"), looks({1, 6}));
  EXPECT_EQ(where("id != a3"), looks({1, 2, 4, 5, 6}));
}

TEST_P(KeysWhereTest, AnUnknownValueIsAnEmptyAnswer) {
  EXPECT_EQ(where("style = Gorpcore"), Keys{});
  EXPECT_EQ(where("style = retro"), Keys{}) << "case matters in values";
  EXPECT_EQ(where("style = \"\""), Keys{});
  EXPECT_EQ(where("id = none"), Keys{});
}

TEST_P(KeysWhereTest, AnUnknownKeyListsTheKnownOnes) {
  const auto unknown = [&](const std::string& expression) {
    EXPECT_EQ(kind_of([&] { where(expression); }), Kind::kInput);
    return message_of([&] { where(expression); });
  };
  EXPECT_EQ(unknown("class = hat or stile = Retro"),
            "filter: at 16: no image has a label \"stile\"; the known keys are: class, neck line, style, 색, id");
  EXPECT_EQ(unknown("Style != Retro").find("filter: at 1: no image has a label \"Style\"; "), 0u) << "case matters";
  for (const char* id : {"a1", "a2", "a3", "a4", "a5"}) catalog_.erase_image(id);
  EXPECT_EQ(unknown("style = Retro"), "filter: at 1: no image has a label \"style\"; the known keys are: id");
}

TEST_P(KeysWhereTest, AsManyTermsAsAFilterMayHaveAreAnswered) {
  std::string alike = "style=Retro", different = "not style=x0";
  for (std::size_t i = 1; i < kMaxFilterTerms; ++i) {
    alike += " or style=Retro";
    different += " and not style=x" + std::to_string(i);
  }
  EXPECT_EQ(where(alike), looks({1, 2, 4}));
  EXPECT_EQ(where(different), looks({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(kind_of([&] { where(alike + " or style=Retro"); }), Kind::kInput);
}

TEST_P(KeysWhereTest, ErasedImagesMatchNothingNotEvenANot) {
  catalog_.erase_image("a6");
  catalog_.erase_image("a1");
  EXPECT_EQ(where("style != Street"), looks({2, 5}));
}

// Random expressions against an evaluator that looks at one image at a time.
class RandomExpression {
 public:
  explicit RandomExpression(std::uint64_t seed) : random_(seed) {}
  struct Node {
    std::string text;
    std::function<bool(const std::vector<Label>&)> matches;
  };
  Node any(int depth) {
    switch (depth == 0 ? 0 : random_.below(5)) {
      case 1: {
        Node a = any(depth - 1), b = any(depth - 1);
        return {"(" + a.text + " and " + b.text + ")",
                [=](const auto& labels) { return a.matches(labels) && b.matches(labels); }};
      }
      case 2: {
        Node a = any(depth - 1), b = any(depth - 1);
        return {"(" + a.text + " or " + b.text + ")",
                [=](const auto& labels) { return a.matches(labels) || b.matches(labels); }};
      }
      case 3: {
        Node a = any(depth - 1);
        return {"not " + a.text, [=](const auto& labels) { return !a.matches(labels); }};
      }
      default: {
        const Label label{"k" + std::to_string(random_.below(3)), "v" + std::to_string(random_.below(4))};
        return {label.key + " = " + label.value,
                [=](const auto& labels) { return std::ranges::find(labels, label) != labels.end(); }};
      }
    }
  }

 private:
  Random random_;
};

TEST_P(LookStoreTest, AFilterFindsWhatLookingAtEachImageFinds) {
  Random random(5);
  std::vector<std::pair<LookKey, std::vector<Label>>> all;
  {
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < 300; ++i) {
      std::vector<Label> labels;
      for (int j = 0; j < 4; ++j)
        labels.push_back({"k" + std::to_string(random.below(3)), "v" + std::to_string(random.below(4))});
      all.emplace_back(add("image" + std::to_string(i), labels), labels);
    }
    batch.commit();
  }
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto expression = RandomExpression(seed).any(5);
    Keys expected;
    for (const auto& [key, labels] : all)
      if (expression.matches(labels)) expected.push_back(key);
    ASSERT_EQ(where(expression.text), expected) << expression.text;
  }
}

}  // namespace
}  // namespace ootd
