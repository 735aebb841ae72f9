#include "ootd/infer/precision.h"

#include <gtest/gtest.h>

#include <fstream>

#include "ootd/base/io.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

constexpr Precision kF32 = Precision::kFloat32, kBf16 = Precision::kBfloat16, kInt8 = Precision::kInt8;

TEST(ChoosePrecision, TakesTheFastestThatIsAllowed) {
  const PrecisionSpeed measured[] = {{kF32, 100}, {kBf16, 180}, {kInt8, 240}};
  EXPECT_EQ(choose_precision(measured, true, 0.999), kInt8);
  EXPECT_EQ(choose_precision(measured, false, 0.999), kInt8);
  EXPECT_EQ(choose_precision(measured, true, 0.9949), kBf16);  // int8 moves the vectors too far
  EXPECT_EQ(choose_precision(measured, true, std::nullopt), kBf16);
}

TEST(ChoosePrecision, NeverTakesBfloat16WithoutTheInstructions) {
  const PrecisionSpeed measured[] = {{kF32, 100}, {kBf16, 500}};
  EXPECT_EQ(choose_precision(measured, false, std::nullopt), kF32);
}

TEST(ChoosePrecision, StaysExactWhereLittleIsGained) {
  EXPECT_EQ(choose_precision(std::vector<PrecisionSpeed>{{kF32, 100}, {kBf16, 109}, {kInt8, 105}}, true, 1), kF32);
  EXPECT_EQ(choose_precision(std::vector<PrecisionSpeed>{{kF32, 100}, {kBf16, 200}, {kInt8, 215}}, true, 1), kBf16);
  EXPECT_EQ(choose_precision({}, true, 1), kF32);
}

struct Place {
  testing::TempDir dir;
  std::filesystem::path cache = dir.path() / "new" / "precision.json";
  Model model = open_model(OOTD_LITE0_FOLDER);
};

TEST(PrecisionCache, GivesBackWhatWasStoredAndOnlyToTheSameModel) {
  Place at;
  EXPECT_FALSE(cached_speeds(at.cache, at.model));
  EXPECT_EQ(auto_precision(at.model, at.cache), kF32);
  const std::vector<PrecisionSpeed> speeds = {{kF32, 100}, {kBf16, 180}};
  store_speeds(at.cache, at.model, speeds);
  EXPECT_EQ(cached_speeds(at.cache, at.model), speeds);
  EXPECT_EQ(auto_precision(at.model, at.cache), cpu_has_bfloat16() ? kBf16 : kF32);
  Model other = at.model;
  other.id = "other-12345678";
  EXPECT_FALSE(cached_speeds(at.cache, other));
  store_speeds(at.cache, other, std::vector<PrecisionSpeed>{{kF32, 7}});
  EXPECT_EQ(cached_speeds(at.cache, at.model), speeds);
}

TEST(PrecisionCache, DamagedIsAsGoodAsNone) {
  Place at;
  const std::vector<PrecisionSpeed> speeds = {{kF32, 100}};
  store_speeds(at.cache, at.model, speeds);
  const std::string good = read_text(at.cache);
  for (const std::string& text : {std::string(), good.substr(0, good.size() / 2), std::string("[]"),
                                  std::string("{\"format\": 99}"), std::string("{\"format\":1,\"measured\":[1]}")}) {
    std::ofstream(at.cache) << text;
    EXPECT_FALSE(cached_speeds(at.cache, at.model)) << text;
    EXPECT_EQ(auto_precision(at.model, at.cache), kF32) << text;
    store_speeds(at.cache, at.model, speeds);
    EXPECT_EQ(cached_speeds(at.cache, at.model), speeds) << text;
  }
}

TEST(MeasurePrecisions, MeasuresOnlyWhatAutoMayChoose) {
  const auto speeds = measure_precisions(open_model(OOTD_LITE0_FOLDER));
  ASSERT_EQ(speeds.size(), cpu_has_bfloat16() ? 2u : 1u);  // the model that comes with the program is not quantised
  EXPECT_EQ(speeds[0].precision, kF32);
  for (const auto& speed : speeds) EXPECT_GT(speed.images_per_s, 0);
}

}  // namespace
}  // namespace ootd
