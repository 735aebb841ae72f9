#include "tools/render/look.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "ootd/base/error.h"
#include "tools/render/look_layers.h"

#ifdef __SANITIZE_THREAD__
// Cairo is not built for ThreadSanitizer, which thus sees the memory of its pools but not their atomics.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
#endif

namespace ootd {
namespace {

using render::LookLayers;
using render::render_layers;

constexpr LookOptions kSmall{.width = 96, .height = 128};

std::size_t at(const Image& image, int x, int y) { return static_cast<std::size_t>(y) * image.width + x; }

bool inside(const Box& box, const Image& image) {
  return box.x >= 0 && box.y >= 0 && box.w >= 1 && box.h >= 1 && box.x + box.w <= image.width &&
         box.y + box.h <= image.height;
}

bool same(const Look& a, const Look& b) {
  const auto equal = [](const RenderedGarment& p, const RenderedGarment& q) {
    return p.category == q.category && p.fine_category == q.fine_category && p.box == q.box && p.area == q.area;
  };
  return a.image.rgb == b.image.rgb && a.style == b.style && a.person == b.person &&
         std::equal(a.garments.begin(), a.garments.end(), b.garments.begin(), b.garments.end(), equal);
}

TEST(RenderLook, GivesTheSameBytesForTheSameSeedsAndOthersForOthers) {
  for (const std::string_view style : kStyles) {
    const Look look = render_look(style, 5, 6, kSmall);
    EXPECT_TRUE(same(look, render_look(style, 5, 6, kSmall))) << style;
    EXPECT_NE(look.image.rgb, render_look(style, 6, 6, kSmall).image.rgb) << style;
    EXPECT_NE(look.image.rgb, render_look(style, 5, 7, kSmall).image.rgb) << style;
  }
}

TEST(RenderLook, GivesTheSameBytesOnManyThreads) {
  std::array<Look, 8> looks;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < looks.size(); ++t)
    threads.emplace_back([&looks, t] { looks[t] = render_look(kStyles[t % 4], 40 + t % 4, 50 + t % 4, kSmall); });
  threads.clear();
  for (std::size_t t = 0; t < looks.size(); ++t)
    EXPECT_TRUE(same(looks[t], render_look(kStyles[t % 4], 40 + t % 4, 50 + t % 4, kSmall))) << t;
}

TEST(RenderLook, DrawsEveryStyleWithADressOrTwoGarments) {
  const std::set<std::string> categories = {"outer", "bottom", "dress", "top"};
  for (const std::string_view style : kStyles) {
    std::set<std::string> names;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const Look look = render_look(style, seed, seed + 1000, kSmall);
      EXPECT_EQ(look.style, style);
      EXPECT_EQ(look.image.rgb.size(), 96u * 128 * 3);
      bool dress = false;
      for (const RenderedGarment& garment : look.garments) {
        EXPECT_TRUE(categories.contains(garment.category)) << garment.category;
        EXPECT_TRUE(inside(garment.box, look.image)) << style << " " << seed << " " << garment.fine_category;
        dress |= garment.category == "dress";
        names.insert(garment.fine_category);
      }
      EXPECT_TRUE(dress || look.garments.size() >= 2) << style << " " << seed;
    }
    EXPECT_GE(names.size(), 6u) << style << ": too little variety";
  }
}

TEST(RenderLook, BoxesAreThoseOfTheVisiblePixels) {
  for (std::uint64_t seed = 0; seed < 39; ++seed) {
    const LookLayers layers = render_layers(kStyles[seed % 13], seed, seed, {.width = 192, .height = 256});
    const Image& image = layers.look.image;
    // The slow twin: for every part, look at every pixel.
    std::vector<std::pair<Box, int>> expected, found;
    Box person;
    for (int part = 0; part < 256; ++part) {
      int left = image.width, top = image.height, right = -1, bottom = -1, area = 0;
      for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
          const int pixel = layers.mask[at(image, x, y)];
          if (part == 0 ? pixel == 0 : pixel != part) continue;  // part 0 stands for the whole person
          left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
          ++area;
        }
      const Box box{static_cast<float>(left), static_cast<float>(top), static_cast<float>(right - left + 1),
                    static_cast<float>(bottom - top + 1)};
      if (part == 0) person = box;
      if (part >= render::kFirstGarmentPart && area > 0) expected.emplace_back(box, area);
    }
    EXPECT_EQ(layers.look.person, person);
    for (const RenderedGarment& garment : layers.look.garments) found.emplace_back(garment.box, garment.area);
    const auto order = [](const auto& a, const auto& b) {
      return std::tie(a.second, a.first.x, a.first.y) < std::tie(b.second, b.first.x, b.first.y);
    };
    std::sort(expected.begin(), expected.end(), order);
    std::sort(found.begin(), found.end(), order);
    EXPECT_EQ(found, expected) << seed;
  }
}

TEST(RenderLook, MaskAgreesWithWhatIsDrawn) {
  // Where the mask says "background", a plain ground is untouched but for antialiased edges and the shadow at the feet.
  const LookLayers layers = render_layers("Street", 3, 0, {.background = false});
  const Image& image = layers.look.image;
  int ground = 0, wrong = 0, covered = 0, person = 0;
  for (int y = 0; y < image.height * 0.8; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::size_t i = at(image, x, y);
      if (layers.mask[i] == 0) {
        ++ground;
        wrong += layers.coverage[i] > 200;
      } else {
        ++person;
        covered += layers.coverage[i] > 200;
      }
    }
  EXPECT_LT(wrong, ground / 200);
  EXPECT_GT(covered, person * 0.97);
}

TEST(RenderLook, BackgroundSeedChangesNothingOfThePerson) {
  for (std::uint64_t seed = 0; seed < 26; ++seed) {
    const LookLayers a = render_layers(kStyles[seed % 13], seed, 1, {}),
                     b = render_layers(kStyles[seed % 13], seed, 2, {});
    EXPECT_EQ(a.mask, b.mask);
    EXPECT_EQ(a.look.person, b.look.person);
    ASSERT_EQ(a.look.garments.size(), b.look.garments.size());
    for (std::size_t g = 0; g < a.look.garments.size(); ++g) EXPECT_EQ(a.look.garments[g].box, b.look.garments[g].box);
    int person = 0, opaque = 0, changed = 0, ground = 0, ground_changed = 0;
    for (std::size_t i = 0; i < a.mask.size(); ++i) {
      const bool differs =
          !std::equal(&a.look.image.rgb[3 * i], &a.look.image.rgb[3 * i] + 3, &b.look.image.rgb[3 * i]);
      if (a.mask[i] != 0) {
        ++person;
        opaque += a.coverage[i] == 255;
        changed += a.coverage[i] == 255 && differs;
      } else {
        ++ground;
        ground_changed += differs;
      }
    }
    EXPECT_EQ(changed, 0) << seed;
    EXPECT_GT(opaque, person * 0.9) << seed;  // the rest is the antialiased outline
    EXPECT_GT(ground_changed, ground * 0.9) << seed;
  }
}

TEST(RenderLook, GroundIsPlainWithoutBackground) {
  const LookLayers a = render_layers("Retro", 9, 1, {.background = false});
  const LookLayers b = render_layers("Retro", 9, 2, {.background = false});
  EXPECT_EQ(a.look.image.rgb, b.look.image.rgb);
  std::set<int> values;
  for (std::size_t i = 0; i < a.coverage.size(); ++i)
    if (a.coverage[i] == 0)
      for (int c = 0; c < 3; ++c) values.insert(a.look.image.rgb[3 * i + c]);
  EXPECT_EQ(values.size(), 1u);
}

TEST(RenderLook, KeepsThePersonInsideTheFrameAtAnySize) {
  for (const auto& [width, height] : std::map<int, int>{{64, 64}, {65, 200}, {201, 64}, {480, 640}, {640, 360}})
    for (std::uint64_t seed = 0; seed < 13; ++seed) {
      const Look look = render_look(kStyles[seed], seed, seed, {.width = width, .height = height});
      EXPECT_EQ(look.image.width, width);
      EXPECT_EQ(look.image.height, height);
      EXPECT_TRUE(inside(look.person, look.image));
      EXPECT_GT(look.person.h, std::min(height * 0.6, width * 1.5)) << width << "x" << height;
      // Head and shoes are not cut off.
      EXPECT_GT(look.person.y, 0) << width << "x" << height << " " << seed;
      EXPECT_LT(look.person.y + look.person.h, height) << width << "x" << height << " " << seed;
    }
}

TEST(RenderLook, AClosedCoatLeavesLessOfTheTop) {
  // Over many outfits, tops under an outer garment show fewer pixels than tops alone: hidden cloth is not counted.
  double alone = 0, under = 0;
  int alone_count = 0, under_count = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Look look = render_look("Classic", seed, seed, kSmall);
    const auto has = [&](const char* category) {
      return std::find_if(look.garments.begin(), look.garments.end(),
                          [&](const auto& g) { return g.category == category; });
    };
    const auto top = has("top");
    if (top == look.garments.end()) continue;
    const double share = top->area / (look.person.w * look.person.h);
    const bool covered = has("outer") != look.garments.end();
    (covered ? under : alone) += share;
    ++(covered ? under_count : alone_count);
  }
  ASSERT_GT(alone_count, 10);
  ASSERT_GT(under_count, 10);
  EXPECT_LT(under / under_count, 0.5 * alone / alone_count);
}

TEST(RenderLook, RefusesUnknownStylesAndSizes) {
  const auto message = [](std::string_view style, LookOptions options) -> std::string {
    try {
      render_look(style, 1, 1, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kInput);
      return error.what();
    }
    return "nothing thrown";
  };
  EXPECT_NE(message("Goth", {}).find("\"Goth\" is unknown; known are Casual, Chic"), std::string::npos);
  EXPECT_NE(message("Chic", {.width = 63}).find("63 x 512"), std::string::npos);
  EXPECT_NE(message("Chic", {.height = 9000}).find("384 x 9000"), std::string::npos);
}

}  // namespace
}  // namespace ootd
