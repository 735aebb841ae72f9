#include "ootd/text/tokenizer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

const std::filesystem::path kGolden = OOTD_GOLDEN_DIR;

// A folder with one tokenizer file of a golden folder, since both files lie there side by side.
class OneFile {
 public:
  OneFile(const std::string& golden, const std::string& file) {
    std::filesystem::copy_file(kGolden / golden / file, dir_.path() / file);
  }
  const std::filesystem::path& path() const { return dir_.path(); }
  void write(const std::string& name, const std::string& text) const {
    write_file_atomically(dir_.path() / name, std::as_bytes(std::span(text)), /*durable=*/false);
  }

 private:
  testing::TempDir dir_;
};

class Siglip : public ::testing::TestWithParam<const char*> {};

TEST_P(Siglip, GivesTheGoldenTextsPiecesAndIds) {
  const OneFile folder("tokenizer-tiny", GetParam());
  const Tokenizer tokenizer(folder.path(), {});
  const Json cases = read_json(kGolden / "tokenizer-tiny/cases.json");
  ASSERT_EQ(cases.size(), 13u);
  for (const Json& example : cases) {
    const auto text = example["text"].get<std::string>();
    EXPECT_EQ(clean_text(text, Cleaning::kCanonicalize), example["canonical"].get<std::string>());
    EXPECT_EQ(tokenizer.pieces(text), example["pieces"].get<std::vector<std::string>>()) << text;
    EXPECT_EQ(tokenizer.encode(text), example["ids"].get<std::vector<std::int64_t>>()) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(BothFiles, Siglip, ::testing::Values("spiece.model", "tokenizer.json"));

}  // namespace
}  // namespace ootd
