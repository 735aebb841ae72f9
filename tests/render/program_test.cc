// ootd-render, by the real program.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/testing/program.h"

namespace ootd {
namespace {

testing::Outcome run(std::vector<std::string> args) {
  args.insert(args.begin(), OOTD_BINARY "-render");
  return testing::run_program(args);
}

TEST(RenderProgram, SaysWhatItDrewAndWhere) {
  const testing::TempDir dir;
  const std::string looks = dir.path() / "looks";
  const auto drawn = run({"--out", looks, "--count", "3", "--width", "64", "--height", "96", "--json"});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(drawn.json(), (Json{{"looks", 3}, {"folder", looks}}));
  EXPECT_EQ(read_json(dir.path() / "looks" / "annotations.json").at("images").size(), 3u);
  EXPECT_NE(run({"--out", looks, "--count", "2"}).out.find("ootd import " + looks), std::string::npos);
}

TEST(RenderProgram, TellsMisuseFromFailure) {
  const testing::TempDir dir;
  const std::string looks = dir.path() / "looks";
  EXPECT_EQ(run({}).exit_code, 2);
  EXPECT_EQ(run({"--out", looks, "--count", "0"}).exit_code, 2);
  EXPECT_EQ(run({"--out", looks, "--coutn", "5"}).exit_code, 2);
  EXPECT_EQ(run({"--help"}).exit_code, 0);
  std::ofstream(dir.path() / "letter.txt") << "not a look";
  const auto failed = run({"--out", dir.path(), "--count", "2"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_NE(failed.err.find(dir.path().string()), std::string::npos) << failed.err;
}

}  // namespace
}  // namespace ootd
