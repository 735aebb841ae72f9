#include "ootd/train/label_noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

constexpr std::size_t kCount = 400, kDim = 16;

// Four labels, each with a direction of its own under noise; every fifth photo carries the next label, too, and lies
// between the two.
struct Data {
  Matrix vectors{kCount, kDim};
  LabelColumn column{"style", {"a", "b", "c", "d"}, std::vector<std::vector<int>>(kCount)};

  explicit Data(double noise) {
    Random random(6);
    for (std::size_t i = 0; i < kCount; ++i) {
      auto& labels = column.labels[i];
      labels = {static_cast<int>(i) % 4};
      if (i % 5 == 0) labels.push_back((labels[0] + 1) % 4);
      std::sort(labels.begin(), labels.end());
      for (std::size_t d = 0; d < kDim; ++d) vectors.row(i)[d] = static_cast<float>(noise * random.normal());
      for (const int label : labels) vectors.row(i)[static_cast<std::size_t>(label)] += 1;
      normalize(vectors.row(i));
    }
  }
};

TEST(LabelNoise, FindsPlantedWrongLabelsAndSaysWhatTheyShouldBe) {
  Data data(0.12);
  std::set<std::size_t> planted;
  for (std::size_t i = 1; i < kCount; i += 19) {
    if (i % 5 == 0) continue;
    planted.insert(i);
    data.column.labels[i] = {(data.column.labels[i][0] + 2) % 4};
  }
  const auto suspects = label_suspects(data.vectors, data.column, {.threads = 2});
  std::set<std::size_t> found;
  double last = 2;
  for (const auto& suspect : suspects) {
    found.insert(suspect.sample);
    EXPECT_LE(suspect.confidence, last);
    last = suspect.confidence;
    EXPECT_EQ(suspect.label, data.column.labels[suspect.sample][0]);
    EXPECT_EQ(suspect.neighbours_say, static_cast<int>(suspect.sample) % 4);
  }
  // A wrong label among a photo's neighbours may save it.
  EXPECT_GE(found.size() * 10, planted.size() * 8);
  EXPECT_TRUE(std::includes(planted.begin(), planted.end(), found.begin(), found.end()));
  const auto alarm = label_noise_alarm(suspects, data.column);
  ASSERT_TRUE(alarm);
  EXPECT_NE(alarm->text.find(std::to_string(found.size()) + " of 400 photos"), std::string::npos) << alarm->text;
  EXPECT_EQ(label_suspects(data.vectors, data.column, {.threads = 1}).size(), suspects.size());

  const testing::TempDir dir;
  SampleSet set;
  for (std::size_t i = 0; i < kCount; ++i)
    set.samples.push_back({static_cast<LookKey>(i + 1), "a, " + std::to_string(i), {}, false});
  write_suspects(dir.path() / "suspects.csv", std::span(suspects).first(1), set, data.column);
  const std::string text = read_text(dir.path() / "suspects.csv");
  EXPECT_EQ(text.find("file,key,label,neighbours_say,confidence\n\"a, "), 0u) << text;
}

TEST(LabelNoise, IsSilentOnRightLabels) {
  const Data clear(0.12), unclear(0.35);
  EXPECT_TRUE(label_suspects(clear.vectors, clear.column).empty());
  // Where labels overlap some photos look wrong; not so many that it would be said aloud.
  EXPECT_FALSE(label_noise_alarm(label_suspects(unclear.vectors, unclear.column), unclear.column));
  // Labels that have nothing to do with the vectors: nobody is to be accused by such neighbours.
  Data random(0.12);
  Random generator(3);
  for (auto& labels : random.column.labels) labels = {static_cast<int>(generator.below(4))};
  EXPECT_TRUE(label_suspects(random.vectors, random.column).empty());
}

TEST(LabelNoise, LeavesPhotosWithoutALabelAlone) {
  Data data(0.12);
  for (std::size_t i = 0; i < kCount; i += 2) data.column.labels[i].clear();
  EXPECT_TRUE(label_suspects(data.vectors, data.column).empty());
  for (auto& labels : data.column.labels) labels.clear();
  EXPECT_TRUE(label_suspects(data.vectors, data.column).empty());
  EXPECT_FALSE(label_noise_alarm({}, data.column));
}

}  // namespace
}  // namespace ootd
