#include "ootd/detect/person.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ootd/base/error.h"
#include "ootd/base/random.h"

namespace ootd {
namespace {

constexpr int kWidth = 900, kHeight = 1200;

Garment garment(const std::string& category, Box box, float score = 0.9f) { return {category, "", score, box}; }

// Clothes of one person whose figure stands in `figure`: a top or a dress, perhaps a jacket over it, a bottom.
std::vector<Garment> dressed(const Box& figure, Random& random) {
  const auto part = [&](const char* category, double from, double to, double wide) {
    const auto f = [&](double v) { return static_cast<float>(v); };
    const double w = figure.w * (wide + random.uniform(-0.05, 0.05)), x = figure.x + (figure.w - w) / 2;
    const double y = figure.y + figure.h * (from + random.uniform(-0.01, 0.01));
    return garment(category, {f(x), f(y), f(w), f(figure.y + figure.h * to - y)}, f(random.uniform(0.4, 1)));
  };
  std::vector<Garment> clothes;
  if (random.uniform() < 0.3) {
    clothes.push_back(part("dress", 0.18, random.uniform(0.6, 0.9), 0.7));
  } else {
    clothes.push_back(part("top", 0.17, random.uniform(0.42, 0.55), 0.65));
    clothes.push_back(part("bottom", random.uniform(0.42, 0.52), random.uniform(0.7, 0.93), 0.55));
  }
  if (random.uniform() < 0.5) clothes.push_back(part("outer", 0.16, random.uniform(0.45, 0.6), 0.85));
  return clothes;
}

struct Scene {
  std::vector<Garment> found;             // shuffled
  std::vector<std::vector<Garment>> own;  // of each person
  std::vector<Box> figures;
};

// 1 to 3 persons side by side, no two boxes overlapping, well inside the photo.
Scene scene(std::uint64_t seed, bool person_boxes) {
  Random random(seed);
  Scene scene;
  const int count = 1 + static_cast<int>(random.below(3));
  for (int i = 0; i < count; ++i) {
    const auto h = static_cast<float>(random.uniform(500, 800)), w = h * 0.3f;
    const Box figure{60 + 260 * static_cast<float>(i), 60 + static_cast<float>(random.uniform(0, 300)), w, h};
    scene.figures.push_back(figure);
    scene.own.push_back(dressed(figure, random));
    for (const Garment& g : scene.own.back()) scene.found.push_back(g);
    if (person_boxes) scene.found.push_back(garment("person", figure));
  }
  random.shuffle(std::span(scene.found));
  return scene;
}

void expect_same_box(const Box& a, const Box& b, float tolerance) {
  EXPECT_NEAR(a.x, b.x, tolerance);
  EXPECT_NEAR(a.y, b.y, tolerance);
  EXPECT_NEAR(a.right(), b.right(), tolerance);
  EXPECT_NEAR(a.bottom(), b.bottom(), tolerance);
}

bool inside(const Box& inner, const Box& outer, float tolerance = 0.01f) {
  return inner.x >= outer.x - tolerance && inner.y >= outer.y - tolerance &&
         inner.right() <= outer.right() + tolerance && inner.bottom() <= outer.bottom() + tolerance;
}

std::vector<std::vector<float>> scores_by_person(std::vector<std::vector<Garment>> groups) {
  std::vector<std::vector<float>> all;
  for (const auto& group : groups) {
    all.emplace_back();
    for (const Garment& g : group) all.back().push_back(g.score);
    std::sort(all.back().begin(), all.back().end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(FindOutfit, GivesEachOfSeveralPersonsTheirOwnClothes) {
  for (const bool boxes : {false, true})
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      const Scene planted = scene(seed, boxes);
      const Outfit outfit = find_outfit(planted.found, kWidth, kHeight, {});
      std::vector<std::vector<Garment>> found;
      for (const Person& p : outfit.persons) found.push_back(p.garments);
      EXPECT_EQ(scores_by_person(found), scores_by_person(planted.own)) << seed << " boxes " << boxes;
    }
}

TEST(FindOutfit, CropsWholePixelsInsideThePhotoThatContainTheClothes) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Scene planted = scene(seed, seed % 2 == 0);
    for (const float margin : {0.0f, 0.05f, 1.0f}) {
      const bool person_box = seed % 3 != 0;
      const Outfit outfit = find_outfit(planted.found, kWidth, kHeight, {.margin = margin, .person_box = person_box});
      ASSERT_EQ(outfit.refusal, Refusal::kNone) << seed;
      const Box& crop = *outfit.crop;
      const Person& main = outfit.persons[static_cast<std::size_t>(outfit.main)];
      EXPECT_TRUE(inside(crop, {0, 0, kWidth, kHeight}, 0));
      for (const float v : {crop.x, crop.y, crop.w, crop.h}) EXPECT_EQ(v, std::round(v));
      for (const Garment& g : main.garments) EXPECT_TRUE(inside(g.box, crop)) << seed;
      const Box figure = person_box ? whole_person(main) : main.clothes;
      EXPECT_TRUE(inside(figure, crop)) << seed;
      EXPECT_TRUE(margin > 0 || inside(crop, figure, 1)) << seed;
    }
  }
}

// What is done to all boxes is done to the crop: `change` maps a box, a photo of width x height holds the results.
template <class Change>
void expect_equivariant(Change change, int width, int height, float tolerance) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Scene planted = scene(seed, seed % 2 == 0);
    const Outfit before = find_outfit(planted.found, kWidth, kHeight, {});
    for (Garment& g : planted.found) g.box = change(g.box);
    const Outfit after = find_outfit(planted.found, width, height, {.min_side_px = 1});
    ASSERT_TRUE(before.crop && after.crop) << seed;
    ASSERT_EQ(before.persons.size(), after.persons.size());
    expect_same_box(change(*before.crop), *after.crop, tolerance);
    ASSERT_FALSE(::testing::Test::HasFailure()) << seed;
  }
}

TEST(FindOutfit, IsMirroredWithThePhoto) {
  expect_equivariant([](const Box& b) { return Box{kWidth - b.right(), b.y, b.w, b.h}; }, kWidth, kHeight, 1);
}

TEST(FindOutfit, IsScaledWithThePhoto) {
  expect_equivariant([](const Box& b) { return Box{b.x * 2, b.y * 2, b.w * 2, b.h * 2}; }, 2 * kWidth, 2 * kHeight, 2);
  expect_equivariant([](const Box& b) { return Box{b.x / 4, b.y / 4, b.w / 4, b.h / 4}; }, kWidth / 4, kHeight / 4, 2);
}

TEST(FindOutfit, MovesWithThePersonWhileThatIsInsideThePhoto) {
  Random random(7);
  const std::vector<Garment> clothes = dressed({300, 200, 240, 800}, random);
  const Outfit before = find_outfit(clothes, kWidth, kHeight, {});
  for (const float dx : {-250.0f, -3.0f, 120.0f, 300.0f}) {
    std::vector<Garment> moved = clothes;
    for (Garment& g : moved) g.box.x += dx, g.box.y += 50;
    const Box crop = *before.crop;
    expect_same_box(*find_outfit(moved, kWidth, kHeight, {}).crop, {crop.x + dx, crop.y + 50, crop.w, crop.h}, 0);
  }
}

TEST(FindOutfit, DoesNotDependOnTheOrderOfTheBoxes) {
  Random random(5);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Scene planted = scene(seed, seed % 2 == 0);
    for (Garment& g : planted.found) g.score = 1;  // as of labels: nothing to sort by
    const Outfit before = find_outfit(planted.found, kWidth, kHeight, {});
    random.shuffle(std::span(planted.found));
    const Outfit after = find_outfit(planted.found, kWidth, kHeight, {});
    EXPECT_EQ(before.crop, after.crop);
    ASSERT_EQ(before.persons.size(), after.persons.size());
    for (std::size_t i = 0; i < before.persons.size(); ++i)
      for (std::size_t k = 0; k < before.persons[i].garments.size(); ++k)
        EXPECT_EQ(before.persons[i].garments[k].box, after.persons[i].garments[k].box);
  }
}

TEST(FindOutfit, DropsBoxesThatAreNone) {
  const std::vector<Garment> good = {garment("top", {300, 200, 200, 250}), garment("bottom", {320, 430, 160, 400})};
  const Outfit plain = find_outfit(good, kWidth, kHeight, {});
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  std::vector<Garment> all = good;
  for (const Box& box : {Box{kNan, 0, 100, 100}, Box{0, 0, kNan, 100}, Box{0, kInf, 10, 10}, Box{0, 0, 100, kInf},
                         Box{100, 100, -50, 80}, Box{100, 100, 50, 0}, Box{-300, 10, 200, 200}, Box{2000, 0, 90, 90}})
    for (const char* category : {"dress", "person"}) all.push_back(garment(category, box));
  all.push_back(garment("dress", {0, 0, 800, 900}, kNan));
  all.push_back(garment("dress", {0, 0, 800, 900}, 0.1f));
  all.push_back(garment("shoes", {0, 0, 800, 900}));
  const Outfit outfit = find_outfit(all, kWidth, kHeight, {.min_score = 0.3f});
  EXPECT_EQ(outfit.crop, plain.crop);
  EXPECT_EQ(outfit.persons.size(), 1u);
  EXPECT_EQ(find_outfit(good, 0, 0, {}).refusal, Refusal::kNoGarment);
}

// The original system asked for two garments and dropped every photo of a dress alone.
TEST(FindOutfit, AcceptsALoneDress) {
  const std::vector<Garment> dress = {garment("dress", {300, 200, 200, 500})};
  EXPECT_EQ(find_outfit(dress, kWidth, kHeight, {}).refusal, Refusal::kNone);
  EXPECT_EQ(find_outfit(dress, kWidth, kHeight, {.margin = 0}).crop, dress[0].box);
  for (const char* category : {"top", "outer", "bottom"})
    EXPECT_EQ(find_outfit(std::vector{garment(category, dress[0].box)}, kWidth, kHeight, {}).refusal,
              Refusal::kOneGarment);
  EXPECT_EQ(find_outfit({}, kWidth, kHeight, {}).refusal, Refusal::kNoGarment);
  EXPECT_EQ(find_outfit(std::vector{garment("person", {1, 1, 300, 700})}, kWidth, kHeight, {}).refusal,
            Refusal::kNoGarment);
}

TEST(FindOutfit, TakesTwoTopsSideBySideForTwoPersonsAndAJacketOverAShirtForOne) {
  const Garment top = garment("top", {100, 200, 200, 250}), beside = garment("top", {330, 210, 190, 240});
  EXPECT_EQ(find_outfit(std::vector{top, beside}, kWidth, kHeight, {}).persons.size(), 2u);
  const Garment jacket = garment("outer", {80, 190, 240, 300});
  const Outfit one = find_outfit(std::vector{top, jacket}, kWidth, kHeight, {});
  EXPECT_EQ(one.persons.size(), 1u);
  EXPECT_EQ(one.refusal, Refusal::kNone);
}

TEST(FindOutfit, CountsABoxThatWasFoundTwiceOnce) {
  const Garment top = garment("top", {100, 200, 200, 250});
  const Garment again = garment("top", {105, 195, 200, 260}, 0.8f);
  EXPECT_EQ(find_outfit(std::vector{top, again}, kWidth, kHeight, {}).refusal, Refusal::kOneGarment);
  // A shirt under a jacket lies at the same place and is another garment.
  EXPECT_EQ(find_outfit(std::vector{top, garment("outer", again.box)}, kWidth, kHeight, {}).refusal, Refusal::kNone);
}

TEST(FindOutfit, KeepsTrousersOfOneFromTheShirtBelowOfAnother) {
  const std::vector<Garment> rows = {garment("top", {300, 100, 200, 200}), garment("bottom", {310, 290, 180, 260}),
                                     garment("top", {300, 560, 200, 200}), garment("bottom", {310, 750, 180, 300})};
  const Outfit outfit = find_outfit(rows, kWidth, kHeight, {});
  ASSERT_EQ(outfit.persons.size(), 2u);
  for (const Person& p : outfit.persons) EXPECT_EQ(p.garments.size(), 2u);
}

TEST(FindOutfit, JoinsACollarAndTrousersByTheCoatBetweenThem) {
  const Garment coat = garment("outer", {300, 200, 240, 450}), collar = garment("top", {390, 195, 60, 60});
  const Garment trousers = garment("bottom", {330, 600, 180, 400});
  EXPECT_EQ(find_outfit(std::vector{collar, trousers}, kWidth, kHeight, {}).persons.size(), 2u);
  EXPECT_EQ(find_outfit(std::vector{collar, coat, trousers}, kWidth, kHeight, {}).persons.size(), 1u);
}

TEST(FindOutfit, GivesAGarmentThatTwoPersonsHoldToTheNearer) {
  const Garment grown = garment("person", {100, 100, 400, 1000}), child = garment("person", {320, 600, 170, 480});
  const Garment shirt = garment("top", {340, 700, 120, 150});
  const Outfit outfit = find_outfit(std::vector{grown, child, shirt}, kWidth, kHeight, {});
  ASSERT_EQ(outfit.persons[0].garments.size(), 1u);
  EXPECT_EQ(outfit.persons[0].box, child.box);
  EXPECT_TRUE(outfit.persons[1].garments.empty());
}

TEST(FindOutfit, TakesTheLargestForTheMainPersonUnlessItStandsAside) {
  const auto wearing = [](float x, float size) {
    return std::vector{garment("top", {x, 300, size, size}), garment("bottom", {x, 300 + size, size, 1.5f * size})};
  };
  const auto main_x = [&](const std::vector<Garment>& a, const std::vector<Garment>& b) {
    std::vector<Garment> both = a;
    both.insert(both.end(), b.begin(), b.end());
    const Outfit outfit = find_outfit(both, kWidth, kHeight, {});
    return outfit.persons[static_cast<std::size_t>(outfit.main)].clothes.x;
  };
  EXPECT_EQ(main_x(wearing(100, 150), wearing(500, 250)), 500);
  EXPECT_EQ(main_x(wearing(0, 210), wearing(350, 200)), 350);  // a little larger, but at the border
  EXPECT_EQ(main_x(wearing(0, 300), wearing(350, 200)), 0);    // more than twice the area
}

TEST(FindOutfit, RefusesACrowdOnlyWhenAsked) {
  const auto wearing = [](float x, float size) {
    return std::vector{garment("top", {x, 300, size, size}), garment("bottom", {x, 300 + size, size, 1.5f * size})};
  };
  std::vector<Garment> found = wearing(350, 200);
  for (const float x : {50.0f, 600.0f})
    for (const Garment& g : wearing(x, 150)) found.push_back(g);
  for (const Garment& g : wearing(820, 40)) found.push_back(g);  // far behind: a bystander
  EXPECT_EQ(find_outfit(found, kWidth, kHeight, {}).refusal, Refusal::kNone);
  EXPECT_EQ(find_outfit(found, kWidth, kHeight, {.max_persons = 3}).refusal, Refusal::kNone);
  const Outfit crowd = find_outfit(found, kWidth, kHeight, {.max_persons = 2});
  EXPECT_EQ(crowd.refusal, Refusal::kCrowd);
  EXPECT_FALSE(crowd.crop);
  EXPECT_EQ(crowd.persons.size(), 4u);
  EXPECT_EQ(find_outfit(found, kWidth, kHeight, {.max_persons = 3, .bystander = 0}).refusal, Refusal::kCrowd);
}

TEST(FindOutfit, AsksForASmallestSideInProportionToTheSmallPhotoAndNoMoreOfALargeOne) {
  const auto refusal = [](float side, int width, int height) {
    const std::vector<Garment> dress = {garment("dress", {30, 20, side, 2 * side})};
    return find_outfit(dress, width, height, {.margin = 0}).refusal;
  };
  EXPECT_EQ(refusal(99, 750, 1000), Refusal::kTooSmall);
  EXPECT_EQ(refusal(100, 750, 1000), Refusal::kNone);
  EXPECT_EQ(refusal(99, 3000, 4000), Refusal::kTooSmall);
  EXPECT_EQ(refusal(100, 3000, 4000), Refusal::kNone);
  EXPECT_EQ(refusal(31, 216, 320), Refusal::kTooSmall);
  EXPECT_EQ(refusal(32, 216, 320), Refusal::kNone);
  EXPECT_EQ(refusal(32, 320, 216), Refusal::kNone);
}

TEST(FindOutfit, RefusesClothesThatTouchTheBorderOnlyWhenAsked) {
  for (const Box& box : {Box{0, 300, 200, 400}, Box{300, 0, 200, 400}, Box{700, 300, 200, 400}, Box{300, 800, 200, 400},
                         Box{300, 900, 200, 400}, Box{300, 797, 200, 400}}) {
    const std::vector<Garment> dress = {garment("dress", box)};
    EXPECT_EQ(find_outfit(dress, kWidth, kHeight, {}).refusal, Refusal::kNone);
    EXPECT_EQ(find_outfit(dress, kWidth, kHeight, {.refuse_border = true}).refusal, Refusal::kTouchesBorder) << box.x;
  }
  // The margin may reach the border, the clothes must not.
  EXPECT_EQ(find_outfit(std::vector{garment("dress", {300, 780, 200, 400})}, kWidth, kHeight, {.refuse_border = true})
                .refusal,
            Refusal::kNone);
}

TEST(FindOutfit, TakesHeadAndShoesInWhereTheRuleSaysSo) {
  const std::vector<Garment> found = {garment("person", {300, 100, 250, 900}), garment("top", {320, 250, 200, 250}),
                                      garment("bottom", {340, 480, 160, 400})};
  EXPECT_EQ(find_outfit(found, kWidth, kHeight, {.margin = 0}).crop, (Box{320, 250, 200, 630}));
  EXPECT_EQ(find_outfit(found, kWidth, kHeight, {.margin = 0, .person_box = true}).crop, found[0].box);
}

TEST(PersonRule, ComesBackFromItsJson) {
  const PersonRule rule{.min_score = 0.42f,
                        .margin = 0.1f,
                        .person_box = true,
                        .min_garments = 3,
                        .min_side_px = 64,
                        .full_side_px = 800,
                        .max_persons = 4,
                        .bystander = 0.25f,
                        .refuse_border = true};
  EXPECT_EQ(parse_person_rule(to_json(rule), "rule"), rule);
  EXPECT_EQ(parse_person_rule(Json::object(), "rule"), PersonRule{});
  EXPECT_EQ(dump_json(to_json(PersonRule{})["margin"]), "0.05");
}

TEST(PersonRule, NamesTheFieldThatIsWrong) {
  const auto message = [](const char* text) -> std::string {
    try {
      parse_person_rule(parse_json(text, "rule.json"), "rule.json");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kInput);
      return error.what();
    }
    return "accepted";
  };
  for (const auto& [text, field] :
       std::initializer_list<std::pair<const char*, const char*>>{{R"({"min_score": 1.5})", "min_score"},
                                                                  {R"({"min_score": true})", "min_score"},
                                                                  {R"({"margin": -0.1})", "margin"},
                                                                  {R"({"margin": "wide"})", "margin"},
                                                                  {R"({"person_box": 1})", "person_box"},
                                                                  {R"({"min_garments": 0})", "min_garments"},
                                                                  {R"({"min_garments": 1.5})", "min_garments"},
                                                                  {R"({"min_side_px": 1e12})", "min_side_px"},
                                                                  {R"({"full_side_px": 0})", "full_side_px"},
                                                                  {R"({"max_persons": -1})", "max_persons"},
                                                                  {R"({"bystander": 2})", "bystander"},
                                                                  {R"({"refuse_border": "no"})", "refuse_border"},
                                                                  {R"({"margins": 0.1})", "margins"}}) {
    EXPECT_NE(message(text).find("rule.json"), std::string::npos) << text;
    EXPECT_NE(message(text).find(std::string("\"") + field + "\""), std::string::npos) << message(text);
  }
  EXPECT_NE(message("[]").find("rule.json"), std::string::npos);
}

TEST(CropOrigin, ChangesWithTheRuleAndTheDetector) {
  const std::string origin = crop_origin("ootd-detector-0123abcd", {});
  EXPECT_TRUE(origin.starts_with("ootd-detector-0123abcd/"));
  EXPECT_EQ(origin.size(), std::string("ootd-detector-0123abcd/").size() + 8);
  EXPECT_EQ(origin, crop_origin("ootd-detector-0123abcd", parse_person_rule(to_json(PersonRule{}), "")));
  const PersonRule others[] = {{.min_score = 0.31f}, {.margin = 0.06f},       {.person_box = true},
                               {.min_garments = 1},  {.min_side_px = 99},     {.max_persons = 1},
                               {.bystander = 0.4f},  {.refuse_border = true}, {.full_side_px = 900}};
  for (const PersonRule& other : others) EXPECT_NE(crop_origin("ootd-detector-0123abcd", other), origin);
}

TEST(Refusal, HasAWordForEachReason) {
  EXPECT_EQ(to_string(Refusal::kNone), "");
  EXPECT_EQ(to_string(Refusal::kOneGarment), "one_garment");
  EXPECT_EQ(to_string(Refusal::kTouchesBorder), "touches_border");
}

}  // namespace
}  // namespace ootd
