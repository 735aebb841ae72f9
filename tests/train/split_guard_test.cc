#include "ootd/train/split_guard.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/image/encode.h"
#include "ootd/image/resize.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/train/label_noise.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

std::string id_of(int first_byte, int rest = 0) {
  char id[25];
  std::snprintf(id, sizeof id, "%02x%022x", first_byte, rest);
  return id;
}

Image tiles(std::uint64_t seed) {  // 5 x 5 random colours
  Random random(seed);
  Image image{100, 100, std::vector<std::uint8_t>(30'000)};
  for (int tile = 0; tile < 25; ++tile)
    for (int c = 0; c < 3; ++c) {
      const auto level = static_cast<std::uint8_t>(random.below(256));
      for (int y = 0; y < 20; ++y)
        for (int x = 0; x < 20; ++x) image.row(tile / 5 * 20 + y)[3 * (tile % 5 * 20 + x) + c] = level;
    }
  return image;
}

// 20 samples; 0..13 for training, the others for validation; 15 is a small copy of 3, 16 a mirrored one of 4, and 1 one
// of 0 on the same side.
class SplitGuardTest : public ::testing::Test {
 protected:
  SplitGuardTest() {
    LabelColumn column{"style", {"a"}, {}};
    for (int i = 0; i < 20; ++i) {
      Image image = tiles(i == 15 ? 3 : i == 16 ? 4 : i == 1 ? 0 : i);
      if (i == 15) image = resize(image, 60, 60, Interpolation::kBicubic);
      if (i == 16)
        for (int y = 0; y < 100; ++y)
          for (int x = 0; x < 50; ++x)
            std::swap_ranges(image.row(y) + 3 * x, image.row(y) + 3 * x + 3, image.row(y) + 3 * (99 - x));
      const fs::path file = dir_.path() / (std::to_string(i) + ".jpg");
      write_file_atomically(file, encode_jpeg(image, i == 1 ? 50 : 90));
      set_.samples.push_back({static_cast<LookKey>(i + 1), file, {}, i >= 14, id_of(i >= 14 ? 0 : 200, i)});
      column.labels.push_back({0});
    }
    set_.columns = {column};
  }

  static int number_of(const Sample& sample) { return static_cast<int>(sample.look) - 1; }
  std::vector<int> numbers(bool validation) const {
    std::vector<int> found;
    for (const std::size_t i : set_.part(validation)) found.push_back(number_of(set_.samples[i]));
    return found;
  }

  testing::TempDir dir_;
  SampleSet set_;
};

TEST_F(SplitGuardTest, FindsNearCopiesAndNothingElse) {
  for (const int threads : {1, 3}) {
    auto ties = copy_ties(set_.samples, threads);
    std::sort(ties.begin(), ties.end());
    EXPECT_EQ(ties, (std::vector<SampleTie>{{0, 1}, {3, 15}, {4, 16}}));
  }
}

TEST_F(SplitGuardTest, TakesCopiesOutOfAnAuthorsValidationSplit) {
  const auto training = numbers(false);
  const SplitRepair repair = keep_together(set_, copy_ties(set_.samples, 2));
  EXPECT_EQ(repair.straddling, 2u);
  EXPECT_EQ(repair.dropped, 2u);
  EXPECT_EQ(repair.to_training + repair.to_validation, 0u);
  EXPECT_EQ(numbers(false), training);
  EXPECT_EQ(numbers(true), (std::vector{14, 17, 18, 19}));
  EXPECT_EQ(set_.columns[0].labels.size(), set_.samples.size());
  ASSERT_TRUE(repair.example);
  EXPECT_EQ(repair.example->first.filename(), "3.jpg");
  EXPECT_EQ(repair.example->second.filename(), "15.jpg");
  const auto alarm = leakage_alarm(repair);
  ASSERT_TRUE(alarm);
  EXPECT_NE(alarm->text.find("2 validation photos were left out"), std::string::npos) << alarm->text;
  EXPECT_FALSE(leakage_alarm(keep_together(set_, copy_ties(set_.samples, 2)))) << "the mended set is sound";
}

TEST_F(SplitGuardTest, SendsAGroupWhereItsSmallestIdBelongsInAnyOrder) {
  set_.split_by_id = true;
  const auto ties = copy_ties(set_.samples, 2);
  SampleSet reversed = set_;
  std::reverse(reversed.samples.begin(), reversed.samples.end());
  auto mirrored_ties = ties;
  for (auto& [a, b] : mirrored_ties) a = 19 - a, b = 19 - b;

  const SplitRepair repair = keep_together(set_, ties);
  EXPECT_EQ(repair.dropped, 0u);
  EXPECT_EQ(repair.to_validation, 2u);  // 3 and 4 follow 15 and 16, whose ids are smaller
  EXPECT_EQ(set_.samples.size(), 20u);
  EXPECT_TRUE(set_.samples[3].validation && set_.samples[4].validation && set_.samples[15].validation);
  keep_together(reversed, mirrored_ties);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(reversed.samples[19 - i].validation, set_.samples[i].validation) << i;
}

TEST_F(SplitGuardTest, KeepsGroupsOfALabelOnOneSide) {
  const testing::TempDir home;
  SqliteCatalog catalog(home.path());
  for (const auto& sample : set_.samples) {
    ImageRecord record;
    record.id = sample.id;
    record.source = record.file = sample.file.string();
    record.format = "jpeg";
    record.bytes = record.width = record.height = 1;
    // Shoots of five: 10..14 and 15..19 ... photo 14, in validation, belongs to a shoot for training.
    record.labels = {{"shoot", std::to_string(number_of(sample) / 5)}};
    EXPECT_EQ(catalog.add_image(record).key, sample.look);
  }
  SampleSet whole = set_;
  const SplitRepair groups = keep_together(whole, group_ties(catalog, whole.samples, "shoot"));
  EXPECT_EQ(groups.straddling, 1u);
  EXPECT_EQ(groups.dropped, 1u);
  // With the copies: 15 and 16 tie their whole shoot to training, and nothing is left to validate on.
  EXPECT_THROW(guard_split(set_, catalog, "shoot", 2), Error);
  try {
    group_ties(catalog, set_.samples, "colour");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("known label keys: shoot"), std::string::npos) << error.what();
  }
}

TEST_F(SplitGuardTest, PassesOverPhotosThatCannotBeRead) {
  const std::string junk = "no picture";
  for (const int i : {3, 7}) write_file_atomically(set_.samples[i].file, std::as_bytes(std::span(junk)));
  EXPECT_EQ(copy_ties(set_.samples, 2), (std::vector<SampleTie>{{0, 1}, {4, 16}}));
}

}  // namespace
}  // namespace ootd
