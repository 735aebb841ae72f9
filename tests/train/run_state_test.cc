#include "ootd/train/run_state.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

TEST(RunState, KeepsTensorsAndWholeNumbersThatFloat32CannotTell) {
  const testing::TempDir dir;
  const Json notes = {{"step", 16777217}, {"map", 1.0 / 3}};
  RunState state;
  state.put("w", torch::ones({2, 3}));
  state.write(dir.path() / "state", notes);
  const RunState read(dir.path() / "state");
  EXPECT_EQ(read.notes(), notes);
  const torch::Tensor into = torch::zeros({2, 3});
  read.take("w", into);
  EXPECT_TRUE(torch::equal(into, torch::ones({2, 3})));
  EXPECT_NE(testing::message_of([&] { read.take("v", into); }).find("of another run: no v"), std::string::npos);
  EXPECT_THROW(read.take("w", torch::zeros({3, 2})), Error);
}

}  // namespace
}  // namespace ootd
