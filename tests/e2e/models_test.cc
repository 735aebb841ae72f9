// `ootd models` as a user runs it, against a model hub on 127.0.0.1.
#include <gtest/gtest.h>

#include <cstdlib>

#include "ootd/base/error.h"
#include "ootd/hub/named_models.h"
#include "ootd/models/registry.h"
#include "tests/testing/environment.h"
#include "tests/testing/fake_hub.h"
#include "tests/testing/program.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::FakeHub;
using testing::Outcome;
using testing::Reply;

class ModelsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"HF_TOKEN", "HF_ENDPOINT", "OOTD_OFFLINE", "HF_HUB_OFFLINE", "OOTD_TORCHVISION_MIRROR"})
      ::unsetenv(name);
  }
  void TearDown() override { ::unsetenv("OOTD_HF_ENDPOINT"); }

  static std::string golden(const std::string& path) { return read_text(fs::path(OOTD_GOLDEN_DIR) / path); }
  static void use(const FakeHub& hub) { ::setenv("OOTD_HF_ENDPOINT", hub.url().c_str(), 1); }
  // EfficientNet-B0 with ten classes, as one publishes it.
  static std::map<std::string, std::string> b0() {
    const Json config = {{"format", 1},
                         {"name", "b0"},
                         {"architecture", "efficientnet_b0"},
                         {"input",
                          {{"width", 224},
                           {"height", 224},
                           {"fit", "center_crop"},
                           {"resize_side", 256},
                           {"filter", "bicubic"},
                           {"mean", {0.485, 0.456, 0.406}},
                           {"std", {0.229, 0.224, 0.225}}}},
                         {"weights", "pytorch_model.bin"}};
    return {{"config.json", config.dump()}, {"pytorch_model.bin", golden("torchvision/efficientnet_b0_fp16.pth")}};
  }

  std::vector<std::string> command(std::vector<std::string> args) const {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home().string(), "--json", "models"});
    return args;
  }
  Outcome run(std::vector<std::string> args) const { return testing::run_program(command(std::move(args))); }
  Outcome ok(std::vector<std::string> args) const {
    Outcome outcome = run(args);
    EXPECT_EQ(outcome.exit_code, 0) << args[0] << ": " << outcome.err;
    return outcome;
  }
  fs::path home() const { return dir_.path() / "home"; }
  fs::path model(const std::string& name) const { return home() / "models" / name; }

  const testing::TempDir dir_;
};

TEST_F(ModelsTest, PullShowListAndVerifyAgreeOnAModel) {
  FakeHub hub("lab/b0", b0());
  use(hub);
  const Json pulled = ok({"pull", "hf:lab/b0"}).json();
  EXPECT_EQ(pulled.at("name"), "b0");
  EXPECT_EQ(pulled.at("dim"), 1280);
  EXPECT_EQ(pulled.at("params"), 5'288'548 - 1001 * 1280 + 280);  // without the classifier of 1000 classes
  EXPECT_EQ(pulled.at("sha256"), sha256_hex(read_file(model("b0") / "pytorch_model.bin")));
  EXPECT_EQ(pulled.at("commit"), testing::kCommit);
  EXPECT_EQ(pulled.at("source"), std::string("hf:lab/b0@") + testing::kCommit);
  EXPECT_EQ(pulled.at("licence"), "mit");
  EXPECT_EQ(pulled.at("already"), false);
  EXPECT_EQ(ok({"pull", "hf:lab/b0"}).json().at("already"), true);

  bool listed = false;
  const std::vector<Json> rows = ok({"list"}).json_lines();
  for (const Json& row : rows) {
    for (const char* key : {"name", "dim", "params", "sha256", "id", "folder", "licence"})
      EXPECT_TRUE(row.contains(key));
    if (row.at("name") != "b0") continue;
    listed = true;
    EXPECT_EQ(row.at("id"), pulled.at("id"));
    EXPECT_EQ(row.at("sha256"), pulled.at("sha256"));
  }
  EXPECT_TRUE(listed);

  const Json blocks = ok({"show", "b0"}).json(), layers = ok({"show", "b0", "--layers"}).json();
  EXPECT_EQ(blocks.at("params"), pulled.at("params"));
  EXPECT_GT(layers.at("layers").size(), 3 * blocks.at("layers").size());
  for (const Json& table : {blocks, layers}) {
    std::int64_t parameters = 0, multiply_adds = 0;
    for (const Json& row : table.at("layers")) {
      parameters += row.at("params").get<std::int64_t>();
      multiply_adds += row.at("multiply_adds").get<std::int64_t>();
    }
    EXPECT_EQ(parameters, table.at("params"));
    EXPECT_EQ(multiply_adds, table.at("multiply_adds"));
  }

  EXPECT_EQ(ok({"verify", "b0"}).json().at("ok"), true);
  fs::resize_file(model("b0") / "pytorch_model.bin", 1'000'000);
  const Outcome damaged = run({"verify", "b0"});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_EQ(damaged.json().at("ok"), false);
  EXPECT_NE(damaged.out.find("has 1000000 bytes"), std::string::npos);
  EXPECT_EQ(ok({"list"}).json_lines().size(), rows.size()) << "a damaged model must not hide the others";
}

// Nothing is fetched, and nothing lies in the workspace.
TEST_F(ModelsTest, ShowDescribesWhatCanBePulledAndEveryArchitecture) {
  const std::map<std::string, std::pair<std::int64_t, int>> known = {
      {"marqo-fashionsiglip", {203'155'970, 768}},
      {"Marqo-FashionSigLIP", {203'155'970, 768}},
      {"hf:patrickjohncyh/fashion-clip", {151'277'313, 512}},
      {"marqo-fashionclip", {149'620'737, 512}},
      {"clip_l14", {427'616'513, 768}},
      {"siglip_b16", {203'155'970, 768}},
      {"resnet50", {23'508'032, 2048}}};
  for (const auto& [name, published] : known) {
    const Json shown = ok({"show", name}).json();
    EXPECT_EQ(shown.at("params"), published.first) << name;
    EXPECT_EQ(shown.at("dim"), published.second) << name;
    EXPECT_EQ(shown.at("here"), false) << name;
    EXPECT_GT(shown.at("multiply_adds"), 1'000'000'000) << name;
    EXPECT_FALSE(shown.at("layers").empty()) << name;
  }
  for (const Architecture& row : kArchitectures) ok({"show", std::string(row.name)});
  for (const NamedModel& row : kNamedModels)
    EXPECT_EQ(ok({"show", std::string(row.name)}).json().at("licence"), row.licence);
  EXPECT_FALSE(fs::exists(home() / "models"));
  const Outcome unknown = run({"show", "nonesuch"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE(unknown.err.find("`ootd models list` has the names"), std::string::npos) << unknown.err;
}

// Killed in the middle of a file three times, at points that the server's silence fixes.
TEST_F(ModelsTest, AKilledPullGoesOnAndFetchesNothingTwice) {
  FakeHub hub("lab/b0", b0());
  use(hub);
  const std::size_t size = hub.size("pytorch_model.bin");
  int attempt = 0;
  hub.spoil = [&](const std::string& path, Reply& reply) {
    if (path == "pytorch_model.bin" && attempt < 3) reply.stall_after = size / 5;
  };
  for (attempt = 0; attempt < 3; ++attempt) {
    const Outcome killed = testing::run_program(command({"pull", "hf:lab/b0"}), [&] {
      EXPECT_TRUE(hub.cdn().wait_for_stalls(attempt + 1));
      // What the kernel still holds for the program would be lost with it, and would have to be sent again.
      const fs::path part = model(".pull-b0") / "pytorch_model.bin.part";
      const std::size_t sent = static_cast<std::size_t>(attempt + 1) * (size / 5);
      for (int i = 0; i < 3000 && fs::file_size(part) < sent; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      EXPECT_EQ(fs::file_size(part), sent);
    });
    EXPECT_EQ(killed.exit_code, -SIGKILL) << killed.err;
    EXPECT_FALSE(fs::exists(model("b0"))) << "half a folder in place";
    EXPECT_FALSE(fs::exists(model(".pull-b0") / "pytorch_model.bin")) << "half a file in place";
  }
  ok({"pull", "hf:lab/b0"});
  EXPECT_EQ(hub.body_sent("config.json"), hub.size("config.json"));
  EXPECT_EQ(hub.body_sent("pytorch_model.bin"), size);
  EXPECT_EQ(ok({"verify", "b0"}).json().at("ok"), true);
}

TEST_F(ModelsTest, PullsWhatOnlyAnotherVersionCanRunAndSaysSo) {
  FakeHub hub("lab/tiny", {{"config.json", "{\"model_type\": \"from the future\"}"},
                           {"open_clip_model.safetensors", golden("siglip-tiny/open_clip_model.safetensors")},
                           {"model.safetensors", "not wanted"}});
  use(hub);
  const Outcome outcome = ok({"pull", "hf:lab/tiny", "--name", "tiny"});
  EXPECT_FALSE(outcome.json().at("problem").get<std::string>().empty());
  EXPECT_NE(outcome.err.find("cannot run"), std::string::npos);
  EXPECT_EQ(read_text(model("tiny") / "open_clip_model.safetensors"),
            golden("siglip-tiny/open_clip_model.safetensors"));
  EXPECT_FALSE(fs::exists(model("tiny") / "model.safetensors"));
}

TEST_F(ModelsTest, AFailedPullExitsWithOneAndLeavesNoFolder) {
  FakeHub hub("lab/b0", b0());
  use(hub);
  hub.token = "hf_secret";
  Outcome outcome = run({"pull", "hf:lab/b0"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("HF_TOKEN"), std::string::npos) << outcome.err;
  outcome = run({"pull", "hf:lab/b0", "--offline"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("offline"), std::string::npos) << outcome.err;
  EXPECT_EQ(run({"pull", "no-such-model"}).exit_code, 1);
  EXPECT_FALSE(fs::exists(model("b0")));
  const testing::Environment token("HF_TOKEN", "hf_secret\n");
  ok({"pull", "hf:lab/b0"});
}

TEST_F(ModelsTest, APulledFolderCanBeCopied) {
  FakeHub hub("lab/b0", b0());
  use(hub);
  ok({"pull", "hf:lab/b0"});
  const Json copy = ok({"pull", "file:" + model("b0").string(), "--name", "copy"}).json();
  EXPECT_EQ(copy.at("dim"), 1280);
  EXPECT_EQ(ok({"verify", "copy"}).json().at("files"), 2);
}

}  // namespace
}  // namespace ootd
