#include "ootd/hub/source.h"

#include <gtest/gtest.h>

#include <set>

#include "ootd/base/error.h"
#include "ootd/models/registry.h"

namespace ootd {
namespace {

Kind kind_of(const std::string& source) {
  try {
    parse_source(source);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << source << " was taken";
  return Kind::kInternal;
}

TEST(NamedModels, EveryRowCanBePulled) {
  std::set<std::string> names;
  for (const NamedModel& row : kNamedModels) {
    const Source source = parse_source(std::string(row.name));
    EXPECT_EQ(source.name, row.name);
    EXPECT_EQ(source.text(), row.source);
    EXPECT_TRUE(names.insert(source.name).second) << row.name;
    EXPECT_FALSE(path_problem(row.name));
    EXPECT_GT(row.megabytes, 0);
    EXPECT_FALSE(row.licence.empty());
    EXPECT_NE(find_architecture(row.architecture), nullptr) << row.name;
    if (source.kind == Source::Kind::kTorchvision) {
      EXPECT_GE(row.resize_side, 224) << row.name;
      EXPECT_TRUE(source.address.ends_with(".pth"));
      const std::string digits = source.address.substr(source.address.rfind('-') + 1);
      EXPECT_EQ(digits.find_first_not_of("0123456789abcdef"), 8u) << row.name;
    }
  }
}

TEST(NamedModels, AreFoundInAnyCaseAndByTheirSource) {
  for (const char* name :
       {"fashion-clip", "Fashion-CLIP", "hf:patrickjohncyh/fashion-clip", "patrickjohncyh/fashion-clip"}) {
    const NamedModel* row = find_named_model(name);
    ASSERT_NE(row, nullptr) << name;
    EXPECT_EQ(row->name, "fashion-clip");
  }
  EXPECT_EQ(find_named_model("fashion"), nullptr);
  EXPECT_EQ(find_named_model(""), nullptr);
}

TEST(NamedModels, AreDescribedAsTheyAreWrittenAfterAPull) {
  const ModelConfig config = described(*find_named_model("resnet50-v2"));
  EXPECT_EQ(config.architecture->name, "resnet50");
  EXPECT_EQ(config.input.resize_side, 232);
  EXPECT_EQ(config.licence, "BSD-3-Clause");
  EXPECT_EQ(described(*find_named_model("clip-l14")).dim(), 768);
}

TEST(Source, ReadsAHubsAddress) {
  const Source source = parse_source("hf:Some-Owner/some.model_1@refs/pr/3");
  EXPECT_EQ(source.kind, Source::Kind::kHub);
  EXPECT_EQ(source.address, "Some-Owner/some.model_1");
  EXPECT_EQ(source.revision, "refs/pr/3");
  EXPECT_EQ(source.name, "some.model_1");
  EXPECT_EQ(source.text(), "hf:Some-Owner/some.model_1");
  EXPECT_EQ(parse_source("hf:a/b").revision, "main");
}

TEST(Source, NamesAFolderByItsLastPart) {
  EXPECT_EQ(parse_source("file:/data/models/mine").name, "mine");
  EXPECT_EQ(parse_source("file:/data/models/mine/").address, "/data/models/mine");
  EXPECT_EQ(parse_source("file:/data/x/../mine/.").name, "mine");
}

TEST(Source, RefusesWhatIsNone) {
  EXPECT_EQ(kind_of("resnet51"), Kind::kNotFound);
  for (const char* bad : {"hf:", "hf:owner", "hf:owner/", "hf:/name", "hf:a/b/c", "hf:../x", "hf:a/..", "hf:a/b@",
                          "hf:a b/c", "hf:a/b?x", "hf:.a/b"})
    EXPECT_EQ(kind_of(bad), Kind::kInput) << bad;
}

TEST(Path, MayNotLeaveTheFolderNorNameADevice) {
  using namespace std::string_view_literals;
  for (const auto bad :
       {""sv, "/etc/passwd"sv, ".."sv, "../x"sv, "a/../../x"sv, "a/./b"sv, "a//b"sv, "a/"sv, "a\\b"sv, "..\\x"sv,
        "C:x"sv, "a\0b"sv, "a\nb"sv, "nul"sv, "NUL.json"sv, "a/com1.bin"sv, "Lpt9"sv, "aux.x.y"sv})
    EXPECT_TRUE(path_problem(bad)) << bad;
  for (const auto good : {"config.json"sv, "onnx/vision_model.onnx"sv, "..a"sv, "a..b/c"sv, "comet.bin"sv,
                          "model-00001-of-00002.safetensors"sv, "\xC3\xA9.json"sv, ".gitattributes"sv, "auxiliary"sv})
    EXPECT_FALSE(path_problem(good)) << good;
  EXPECT_TRUE(path_problem(std::string(600, 'a')));
}

}  // namespace
}  // namespace ootd
