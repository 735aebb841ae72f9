#include "ootd/embed/encode_files.h"

#include <gtest/gtest.h>

#include <map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/encode.h"
#include "tests/testing/temp_dir.h"
#include "tools/render/look.h"

namespace ootd {
namespace {

class EncodeFilesTest : public ::testing::Test {
 protected:
  EncodeFilesTest() : encoder_(open_model(OOTD_LITE0_FOLDER)) {
    for (std::uint64_t i = 1; i <= 12; ++i) {
      const auto file = dir_.path() / (std::to_string(i) + ".jpg");
      write_file_atomically(file, encode_jpeg(render_look(kStyles[i % 13], i, i).image), /*durable=*/false);
      jobs_.push_back({LookKey{i}, file});
    }
  }

  std::function<std::optional<FileJob>()> all_jobs() {
    return [this]() -> std::optional<FileJob> {
      if (next_ == jobs_.size()) return std::nullopt;
      return jobs_[next_++];
    };
  }

  const testing::TempDir dir_;
  const Encoder encoder_;
  std::vector<FileJob> jobs_;
  std::size_t next_ = 0;
};

TEST_F(EncodeFilesTest, GivesEachFileTheVectorItHasAlone) {
  std::map<LookKey, std::vector<float>> vectors;
  encode_files(encoder_, all_jobs(), [&](FileResult result) {
    EXPECT_TRUE(result.problem.empty()) << result.problem;
    vectors[result.job.look] = result.vector;
  });
  ASSERT_EQ(vectors.size(), jobs_.size());
  for (const auto& job : jobs_) {
    const Image image = load_for(encoder_, job.file);
    const Matrix alone = encoder_.encode({&image, 1});
    EXPECT_TRUE(std::ranges::equal(vectors[job.look], alone.row(0))) << job.file;  // to the bit
  }
}

TEST_F(EncodeFilesTest, ABadFileIsOneResultAndTheRestGoesOn) {
  write_file_atomically(jobs_[3].file, {});
  std::filesystem::remove(jobs_[7].file);
  int good = 0;
  std::map<LookKey, std::string> problems;
  encode_files(encoder_, all_jobs(), [&](FileResult result) {
    if (result.problem.empty())
      ++good;
    else
      problems[result.job.look] = result.problem;
  });
  EXPECT_EQ(good, 10);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_NE(problems[LookKey{4}].find("4.jpg"), std::string::npos) << problems[LookKey{4}];
  EXPECT_NE(problems[LookKey{8}].find("8.jpg"), std::string::npos) << problems[LookKey{8}];
}

TEST_F(EncodeFilesTest, AFailureOfTheCallerEndsTheRunWithoutHanging) {
  EXPECT_THROW(encode_files(encoder_, all_jobs(),
                            [](const FileResult&) { throw Error(Kind::kUnavailable, "the disk is full"); }),
               Error);
  next_ = 0;
  EXPECT_THROW(
      encode_files(
          encoder_, []() -> std::optional<FileJob> { throw Error(Kind::kUnavailable, "the catalog is locked"); },
          [](const FileResult&) {}),
      Error);
}

TEST_F(EncodeFilesTest, NoJobsGiveNoResults) {
  encode_files(encoder_, [] { return std::optional<FileJob>(); }, [](const FileResult&) { FAIL(); });
  EXPECT_EQ(encoder_.encode({}).rows(), 0u);
}

// The claim behind decoding JPEGs at a reduced scale (docs/benchmarks.md has it on more photos).
TEST_F(EncodeFilesTest, DecodingAtReducedScaleHardlyMovesTheVector) {
  for (std::uint64_t i = 0; i < 4; ++i) {
    write_file_atomically(jobs_[0].file,
                          encode_jpeg(render_look(kStyles[i], i, i, {.width = 1200, .height = 1600}).image));
    const Image whole = decode_image(read_file(jobs_[0].file), "look"), small = load_for(encoder_, jobs_[0].file);
    ASSERT_LT(small.width, whole.width);
    EXPECT_GT(dot(encoder_.encode({&whole, 1}).row(0), encoder_.encode({&small, 1}).row(0)), 0.99f);
  }
}

}  // namespace
}  // namespace ootd
