#include "ootd/base/npy.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

TEST(Npy, ReadsWhatItWrote) {
  const testing::TempDir dir;
  Matrix matrix(3, 5);
  for (std::size_t i = 0; i < 15; ++i) matrix.values()[i] = static_cast<float>(i) * 0.5f;
  write_npy(dir.path() / "m.npy", matrix);
  const FloatArray array = read_npy(dir.path() / "m.npy");
  EXPECT_EQ(array.shape, (std::vector<std::int64_t>{3, 5}));
  EXPECT_EQ(array.values, std::vector<float>(matrix.values(), matrix.values() + 15));
}

TEST(Npy, RefusesEveryTruncation) {
  const testing::TempDir dir;
  write_npy(dir.path() / "m.npy", Matrix(2, 2));
  const auto whole = read_file(dir.path() / "m.npy");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    write_file_atomically(dir.path() / "cut.npy", std::span(whole).first(n), /*durable=*/false);
    EXPECT_THROW(read_npy(dir.path() / "cut.npy"), Error) << n << " bytes";
  }
}

}  // namespace
}  // namespace ootd
