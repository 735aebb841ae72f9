#include "ootd/detect/fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

// As formula() of tests/golden/detectors/make.py.
Image formula(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(static_cast<std::uint8_t>((x * 37 + y * 91 + c * 53 + x * y * 7) % 256));
  return image;
}

DetectorInput input_of(DetectorFit fit, int width, int height) {
  return {.width = width, .height = height, .fit = fit};
}

TEST(FitForDetector, LetterboxesAsTheReferencesDo) {
  const Json cases = read_json(std::filesystem::path(OOTD_GOLDEN_DIR) / "detectors/letterbox.json");
  ASSERT_EQ(cases.size(), 12u);
  for (const auto& golden : cases) {
    const auto picture = golden["picture"].get<std::array<int, 2>>(), size = golden["input"].get<std::array<int, 2>>(),
               scaled = golden["scaled"].get<std::array<int, 2>>(), at = golden["at"].get<std::array<int, 2>>();
    const auto fit = golden["centred"].get<bool>() ? DetectorFit::kLetterbox : DetectorFit::kLetterboxCorner;
    const auto [pixels, placement] = fit_for_detector(formula(picture[0], picture[1]), input_of(fit, size[0], size[1]));
    EXPECT_EQ(placement.left, at[0]);
    EXPECT_EQ(placement.top, at[1]);
    EXPECT_NEAR(placement.scale_x * picture[0], scaled[0], 1e-9);
    EXPECT_NEAR(placement.scale_y * picture[1], scaled[1], 1e-9);
    const auto expected = golden["pixels"].get<std::vector<int>>();
    ASSERT_EQ(pixels.rgb.size(), expected.size());
    int off = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_LE(std::abs(pixels.rgb[i] - expected[i]), 1) << golden["picture"] << " at " << i;
      off += pixels.rgb[i] != expected[i];
    }
    // 11 bits of position: rounding differs now and then.
    EXPECT_LE(off, static_cast<int>(expected.size()) / 50) << golden["picture"];
  }
}

// The only true way back: where a white pixel's border lies in what the network sees.
TEST(FitForDetector, BoxesComeBackFromWhereTheyAreSeen) {
  for (const auto fit : {DetectorFit::kLetterbox, DetectorFit::kLetterboxCorner, DetectorFit::kSquash})
    for (const auto& [width, height] : {std::pair(1001, 667), std::pair(333, 1999), std::pair(61, 60)}) {
      const auto placement = fit_for_detector(formula(width, height), input_of(fit, 640, 416)).placement;
      const Box box = {width * 0.25f, height * 0.5f, width * 0.5f, height * 0.25f};
      const auto seen_x = [&](double x) { return x * placement.scale_x + placement.left; };
      const auto seen_y = [&](double y) { return y * placement.scale_y + placement.top; };
      const Box back = placement.to_picture(seen_x(box.x), seen_y(box.y), seen_x(box.right()), seen_y(box.bottom()));
      for (const auto& [a, b] :
           {std::pair(box.x, back.x), std::pair(box.y, back.y), std::pair(box.w, back.w), std::pair(box.h, back.h)})
        EXPECT_NEAR(a, b, 1e-3);
    }
}

TEST(FitForDetector, AStepInThePictureIsSeenWhereThePlacementSays) {
  constexpr int kWidth = 101, kHeight = 67, kEdge = 40;
  Image image{.width = kWidth, .height = kHeight, .rgb = {}};
  for (int i = 0; i < kWidth * kHeight; ++i)
    image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(i % kWidth < kEdge ? 0 : 200));
  for (const auto fit : {DetectorFit::kLetterbox, DetectorFit::kLetterboxCorner, DetectorFit::kSquash}) {
    const auto [pixels, placement] = fit_for_detector(image, input_of(fit, 64, 64));
    // Brightness summed along a row tells the step's place to a fraction of a pixel.
    const auto* row = pixels.row(32);
    const int begin = static_cast<int>(placement.left);
    const int end = begin + static_cast<int>(std::lround(placement.scale_x * kWidth));
    double dark = 0;
    for (int x = begin; x < end; ++x) dark += 1 - row[3 * x] / 200.0;
    const Box back = placement.to_picture(begin + dark, 0, 64, 64);
    EXPECT_NEAR(back.x, kEdge, 0.5);
  }
}

TEST(FitForDetector, TheShortestEdgeIsAsTransformersHasIt) {
  DetectorInput input = input_of(DetectorFit::kShortestEdge, 0, 0);
  const auto size = [&](int width, int height) {
    const Image pixels = fit_for_detector(formula(width, height), input).pixels;
    return std::pair(pixels.width, pixels.height);
  };
  EXPECT_EQ(size(640, 480), std::pair(1066, 800));  // the figure of every DETR tutorial
  EXPECT_EQ(size(480, 640), std::pair(800, 1066));
  EXPECT_EQ(size(1000, 300), std::pair(1333, 400));
  EXPECT_EQ(size(1, 1), std::pair(800, 800));
  input.longest_edge = 900;
  input.shortest_edge = 800;
  EXPECT_EQ(size(3000, 2), std::pair(900, 1));
  const auto [pixels, placement] = fit_for_detector(formula(48, 64), input);
  EXPECT_EQ(pixels.rgb, resize(formula(48, 64), 675, 900, Interpolation::kBilinear).rgb);
  EXPECT_DOUBLE_EQ(placement.scale_y, 900 / 64.0);
}

TEST(FitForDetector, OnePixelAndRibbonsAreFitted) {
  for (const auto fit : {DetectorFit::kLetterbox, DetectorFit::kLetterboxCorner, DetectorFit::kSquash})
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(5000, 1), std::pair(1, 5000)}) {
      const auto [pixels, placement] = fit_for_detector(formula(width, height), input_of(fit, 64, 48));
      EXPECT_EQ(pixels.width, 64);
      EXPECT_EQ(pixels.height, 48);
      const Box whole = placement.to_picture(-1e9, -1e9, 1e9, 1e9);
      EXPECT_EQ(whole, (Box{0, 0, static_cast<float>(width), static_cast<float>(height)}));
    }
  EXPECT_THROW(fit_for_detector({}, {}), Error);
}

TEST(ResizeSampled, RefusesWhatHasNoPixels) {
  EXPECT_THROW(resize_sampled({}, 3, 3), Error);
  EXPECT_THROW(resize_sampled(formula(3, 3), 0, 3), Error);
  EXPECT_EQ(resize_sampled(formula(9, 5), 9, 5).rgb, formula(9, 5).rgb);
}

}  // namespace
}  // namespace ootd
