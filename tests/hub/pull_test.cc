#include "ootd/hub/pull.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/base/sha256.h"
#include "ootd/hub/repository.h"
#include "ootd/models/model.h"
#include "tests/testing/fake_hub.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::FakeHub;
using testing::Reply;

using Files = std::map<std::string, std::string>;

std::string noise(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

// A folder that ootd can run: the smallest network of the table with random weights.
void make_model(const fs::path& folder) {
  ModelConfig config = default_config(*find_architecture("efficientnet_lite0"));
  config.name = "small";
  config.licence = "CC0-1.0";
  std::vector<NamedFloats> weights;
  for (const auto& spec : all_weights(config))
    weights.push_back({spec.name, spec.shape, std::vector<float>(element_count(spec.shape), 0.01f)});
  fs::create_directories(folder);
  write_safetensors(folder / config.weights[0], weights, true);
  put(folder / "config.json", dump_json(to_json(config)));
}

struct Problem {
  Kind kind;
  std::string text;
  bool says(const std::string& words) const { return text.find(words) != std::string::npos; }
};

class PullTest : public ::testing::Test {
 protected:
  PullTest() {
    settings_.patience.first_wait_s = 0.001;
    settings_.patience.stall_timeout_s = 1;
    settings_.patience.tries = 3;
  }
  Files siglip() const {
    return {{"config.json", "{}"},
            {"open_clip_config.json", "{\"model_cfg\": {}}"},
            {"tokenizer.json", noise(20'000, 1)},
            {"README.md", "# read me"},
            {".gitattributes", "*.bin filter=lfs"},
            {"marqo_fashionSigLIP.py", "import os"},
            {"open_clip_model.safetensors", noise(400'000, 2)},
            {"model.safetensors", noise(400'000, 3)},
            {"onnx/vision_model.onnx", noise(50'000, 4)},
            {"onnx/text_model.onnx", noise(60'000, 5)}};
  }
  fs::path models() const { return dir_.path() / "models"; }
  fs::path folder(const std::string& name) const { return models() / name; }

  PullResult pull(const std::string& source, const FakeHub& hub, const std::string& as = "") {
    settings_.endpoint = hub.url();
    return pull_model(parse_source(source), as, models(), settings_);
  }
  // The pull fails, and no folder is in its place.
  Problem failure_of(const Source& source) {
    try {
      pull_model(source, "", models(), settings_);
    } catch (const Error& error) {
      EXPECT_FALSE(fs::exists(folder(source.name))) << "half a folder in place";
      return {error.kind(), error.what()};
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Kind::kInternal, ""};
  }
  Problem failure_of(const std::string& source, const FakeHub& hub) {
    settings_.endpoint = hub.url();
    return failure_of(parse_source(source));
  }
  std::set<std::string> files_in(const fs::path& where) const {
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(where))
      if (entry.is_regular_file()) found.insert(entry.path().lexically_relative(where));
    return found;
  }
  std::set<std::string> entries() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(models())) found.insert(entry.path().filename());
    return found;
  }

  const testing::TempDir dir_;
  HubSettings settings_;
};

TEST_F(PullTest, TakesOneSetOfWeightsWithItsCompanionsAndPinsTheCommit) {
  FakeHub hub("owner/look", siglip());
  const PullResult result = pull("hf:owner/look", hub);
  EXPECT_EQ(result.folder, folder("look"));
  EXPECT_EQ(files_in(folder("look")), (std::set<std::string>{"config.json", "open_clip_config.json", "tokenizer.json",
                                                             "open_clip_model.safetensors", "pull.json"}));
  for (const auto& [path, bytes] : siglip())
    if (fs::exists(folder("look") / path)) {
      EXPECT_EQ(read_text(folder("look") / path), bytes) << path;
    }
  EXPECT_EQ(entries(), std::set<std::string>{"look"});
  const auto manifest = read_manifest(folder("look"));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->source, "hf:owner/look");
  EXPECT_EQ(manifest->commit, testing::kCommit);
  EXPECT_EQ(manifest->licence, "mit");
  EXPECT_EQ(manifest->files.size(), 4u);
  EXPECT_TRUE(changed_files(folder("look"), *manifest).empty());
}

TEST_F(PullTest, ChoosesTheBestWeightsThatAreThere) {
  const auto chosen = [&](Files files, const std::string& weights = "") {
    files["config.json"] = "{}";
    Repository repository;
    for (const auto& [path, bytes] : files)
      repository.files.push_back({path, "", bytes.size(), std::string(64, 'a'), ""});
    std::set<std::string> names;
    for (const auto& file : choose_files(repository, weights, "x"))
      if (file.path != "config.json") names.insert(file.path);
    return names;
  };
  using Names = std::set<std::string>;
  const Files onnx = {{"onnx/vision_model.onnx", ""}, {"onnx/text_model.onnx", ""}, {"onnx/text_model.onnx_data", ""}};
  Files all = onnx;
  all.merge(Files{{"model.safetensors", ""},
                  {"pytorch_model.bin", ""},
                  {"open_clip_pytorch_model.bin", ""},
                  {"model.safetensors.index.json", ""}});
  EXPECT_EQ(chosen(all), Names{"model.safetensors"});
  EXPECT_EQ(chosen(all, "onnx/vision_model.onnx onnx/text_model.onnx"),
            (Names{"onnx/vision_model.onnx", "onnx/text_model.onnx", "onnx/text_model.onnx_data"}));
  all.erase("model.safetensors");
  EXPECT_EQ(chosen(all), Names{"model.safetensors.index.json"});
  all.erase("model.safetensors.index.json");
  EXPECT_EQ(chosen(all), Names{"open_clip_pytorch_model.bin"});
  all.erase("open_clip_pytorch_model.bin");
  EXPECT_EQ(chosen(all), Names{"pytorch_model.bin"});
  EXPECT_EQ(chosen(onnx).size(), 3u);
  EXPECT_THROW(chosen({{"README.md", ""}}), Error);
  EXPECT_THROW(chosen(onnx, "model.safetensors"), Error);
}

TEST_F(PullTest, FetchesTheShardsThatTheIndexNames) {
  Files files = {{"config.json", "{}"},
                 {"model-00001-of-00002.safetensors", noise(30'000, 1)},
                 {"model-00002-of-00002.safetensors", noise(40'000, 2)},
                 {"model-00009-of-00002.safetensors", noise(40'000, 3)},
                 {"model.safetensors.index.json",
                  R"({"weight_map": {"a": "model-00002-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
                      "c": "model-00002-of-00002.safetensors"}})"}};
  FakeHub hub("owner/big", files);
  pull("hf:owner/big", hub);
  EXPECT_EQ(files_in(folder("big")),
            (std::set<std::string>{"config.json", "model-00001-of-00002.safetensors",
                                   "model-00002-of-00002.safetensors", "model.safetensors.index.json", "pull.json"}));
  for (const auto& path : files_in(folder("big")))
    if (files.contains(path)) {
      EXPECT_EQ(hub.body_sent(path), hub.size(path)) << path << " was fetched once";
    }

  files["model.safetensors.index.json"] = R"({"weight_map": {"a": "../../evil.safetensors"}})";
  FakeHub hostile("owner/evil", files);
  EXPECT_TRUE(failure_of("hf:owner/evil", hostile).says("has no file \"../../evil.safetensors\""));
}

TEST_F(PullTest, KnowsWhereTheNamedModelsLie) {
  FakeHub hub("Marqo/marqo-fashionSigLIP", siglip());
  EXPECT_EQ(pull("marqo-fashionsiglip", hub).manifest.licence, "Apache-2.0");
  pull("marqo-fashionsiglip-onnx", hub);
  EXPECT_TRUE(fs::exists(folder("marqo-fashionsiglip") / "open_clip_model.safetensors"));
  EXPECT_EQ(files_in(folder("marqo-fashionsiglip-onnx")),
            (std::set<std::string>{"config.json", "open_clip_config.json", "tokenizer.json", "onnx/vision_model.onnx",
                                   "onnx/text_model.onnx", "pull.json"}));
}

TEST_F(PullTest, GoesOnFileByFileAndFetchesNothingTwice) {
  FakeHub hub("owner/look", siglip());
  bool broken = true;
  hub.spoil = [&](const std::string& path, Reply& reply) {
    if (broken && path == "open_clip_model.safetensors") reply.cut_after = reply.body.size() / 3;
  };
  settings_.patience.tries = 1;
  EXPECT_TRUE(failure_of("hf:owner/look", hub).says("run again to go on"));
  EXPECT_EQ(entries(), std::set<std::string>{".pull-look"});
  broken = false;
  pull("hf:owner/look", hub);
  EXPECT_EQ(entries(), std::set<std::string>{"look"});
  for (const char* path : {"config.json", "tokenizer.json", "open_clip_model.safetensors"})
    EXPECT_EQ(hub.body_sent(path), hub.size(path)) << path;
  EXPECT_TRUE(changed_files(folder("look"), *read_manifest(folder("look"))).empty());
}

TEST_F(PullTest, IsDoneWhenTheFolderIsThereAndAsksNobody) {
  FakeHub hub("owner/look", siglip());
  pull("hf:owner/look", hub);
  const auto asked = hub.hub().log().size();
  settings_.offline = true;
  EXPECT_TRUE(pull("hf:owner/look", hub).already);
  EXPECT_TRUE(pull(std::string("hf:owner/look@") + std::string(testing::kCommit).substr(0, 8), hub).already);
  EXPECT_EQ(hub.hub().log().size(), asked);
  EXPECT_THROW(pull("hf:other/look", hub), Error);
  EXPECT_THROW(pull("hf:owner/look@v2", hub), Error);
  put(folder("look") / "tokenizer.json", "cut");
  EXPECT_THROW(pull("hf:owner/look", hub), Error);
  put(folder("mine") / "config.json", "{}");
  EXPECT_THROW(pull("hf:owner/look", hub, "mine"), Error);
}

TEST_F(PullTest, LeavesWrongBytesOut) {
  FakeHub hub("owner/look", siglip());
  std::string spoiled;
  hub.spoil = [&](const std::string& path, Reply& reply) {
    if (path == spoiled) reply.body.back() ^= 1;
  };
  for (const char* path : {"config.json", "open_clip_model.safetensors"}) {
    spoiled = path;
    const Problem problem = failure_of("hf:owner/look", hub);
    EXPECT_EQ(problem.kind, Kind::kUnavailable);
    EXPECT_TRUE(problem.says(path) && problem.says(", expected ")) << problem.text;
    EXPECT_FALSE(fs::exists(models() / ".pull-look" / path));
  }
}

TEST_F(PullTest, RefusesAHostileListing) {
  const auto with = [&](const std::function<void(Json&)>& edit) {
    FakeHub hub("owner/look", siglip());
    hub.edit_listing = edit;
    return failure_of("hf:owner/look", hub);
  };
  for (const char* name : {"../../../config.json", "/etc/passwd", "a\\..\\b", "nul.json"}) {
    const Problem problem = with([&](Json& json) { json["siblings"][0]["rfilename"] = name; });
    EXPECT_EQ(problem.kind, Kind::kInput) << problem.text;
    EXPECT_TRUE(problem.says("the file name")) << problem.text;
  }
  EXPECT_TRUE(
      with([](Json& json) { json["siblings"][0]["rfilename"] = std::string("config.json\0x", 13); }).says("control"));
  EXPECT_TRUE(with([](Json& json) { json["sha"] = "../../x"; }).says("no commit"));
  EXPECT_TRUE(with([](Json& json) { json.erase("siblings"); }).says("siblings"));
  EXPECT_TRUE(with([](Json& json) { json["siblings"] = 5; }).says("siblings"));
  EXPECT_TRUE(with([](Json& json) {
                for (Json& row : json["siblings"]) row.erase("blobId");
              }).says("cannot be verified"));
  EXPECT_TRUE(with([](Json& json) {
                for (Json& row : json["siblings"])
                  if (row.contains("lfs")) row["lfs"]["sha256"] = "short";
              }).says("sha256"));
}

TEST_F(PullTest, SaysHowToOpenAGatedRepositoryAndShowsTheTokenToTheHubOnly) {
  FakeHub hub("owner/look", siglip());
  hub.token = "hf_secret";
  Problem problem = failure_of("hf:owner/look", hub);
  EXPECT_TRUE(problem.says("HTTP status 401") && problem.says("accept its licence") && problem.says("set HF_TOKEN"))
      << problem.text;
  settings_.token = "hf_wrong";
  problem = failure_of("hf:owner/look", hub);
  EXPECT_TRUE(problem.says("the token in HF_TOKEN does not open")) << problem.text;
  EXPECT_FALSE(problem.says("hf_wrong")) << "a token is no text for logs";
  settings_.token = "hf_secret";
  pull("hf:owner/look", hub);
  ASSERT_FALSE(hub.cdn().log().empty());
  for (const auto& seen : hub.cdn().log()) EXPECT_EQ(seen.header("authorization"), "");
}

TEST_F(PullTest, SaysThatThereIsNoSuchRepositoryOrRevision) {
  FakeHub hub("owner/look", siglip());
  EXPECT_EQ(failure_of("hf:owner/other", hub).kind, Kind::kNotFound);
  EXPECT_EQ(failure_of("hf:owner/look@v9", hub).kind, Kind::kNotFound);
  EXPECT_EQ(pull("hf:owner/look@v1", hub).manifest.revision, "v1");
}

TEST_F(PullTest, TriesNoConnectionOfflineAndSaysWhatGoesWhere) {
  FakeHub hub("Marqo/marqo-fashionSigLIP", siglip());
  settings_.offline = true;
  Problem problem = failure_of("marqo-fashionsiglip", hub);
  EXPECT_TRUE(problem.says("open_clip_model.safetensors") && problem.says(folder("marqo-fashionsiglip").string()))
      << problem.text;
  settings_.torchvision = hub.url();
  problem = failure_of("resnet50-v2", hub);
  EXPECT_TRUE(problem.says(hub.url() + "/resnet50-11ad3fa6.pth") &&
              problem.says((models() / ".pull-resnet50-v2" / "resnet50-11ad3fa6.pth").string()))
      << problem.text;
  EXPECT_TRUE(hub.hub().log().empty());
  EXPECT_TRUE(entries().empty()) << "a try that brought nothing leaves nothing";
}

TEST_F(PullTest, TakesAFolderThatWasPutThereByHand) {
  make_model(folder("marqo-fashionsiglip"));
  settings_.offline = true;
  const PullResult result = pull_model(parse_source("marqo-fashionsiglip"), "", models(), settings_);
  EXPECT_TRUE(result.already);
  EXPECT_TRUE(result.manifest.files.empty());
  fs::resize_file(folder("marqo-fashionsiglip") / "model.safetensors", 1000);
  EXPECT_THROW(pull_model(parse_source("marqo-fashionsiglip"), "", models(), settings_), Error);
}

TEST_F(PullTest, DropsFilesOfAnOlderCommit) {
  FakeHub hub("owner/look", siglip());
  put(models() / ".pull-look" / "merges.txt", "of yesterday");
  put(models() / ".pull-look" / "config.json", "of yesterday");
  pull("hf:owner/look", hub);
  EXPECT_FALSE(fs::exists(folder("look") / "merges.txt"));
  EXPECT_EQ(read_text(folder("look") / "config.json"), "{}");
}

// A row of our own, since nobody can make bytes that begin with the digits of a real one.
TEST_F(PullTest, WritesTheConfigurationThatTorchvisionsFileLacks) {
  make_model(dir_.path() / "made");
  const std::string bytes = read_text(dir_.path() / "made" / "model.safetensors");
  const std::string file = "lite-" + sha256_hex(std::as_bytes(std::span(bytes))).substr(0, 8) + ".safetensors";
  const std::string address = "torchvision:" + file;
  const NamedModel row = {
      "lite-v2", address, "BSD-3-Clause", 7, {}, "efficientnet_lite0", 232, Interpolation::kBicubic};
  Source source;
  source.kind = Source::Kind::kTorchvision;
  source.address = file;
  source.name = "lite-v2";
  source.named = &row;
  bool wrong = false;
  testing::LoopbackServer server([&](const testing::Seen& seen) {
    EXPECT_EQ(seen.header("authorization"), "");
    if (seen.target != "/models/" + file) return Reply{404, {}, "", {}, {}, {}};
    return testing::serve_bytes(seen, wrong ? "x" + bytes : bytes);
  });
  settings_.torchvision = server.url("/models");
  settings_.token = "hf_secret";
  wrong = true;
  EXPECT_TRUE(failure_of(source).says("expected " + source.address.substr(5, 8)));
  wrong = false;
  const PullResult result = pull_model(source, "", models(), settings_);
  EXPECT_EQ(result.problem.value_or(""), "");
  const Model model = open_model(folder("lite-v2"));
  EXPECT_EQ(model.config.name, "lite-v2");
  EXPECT_EQ(model.config.source, address);
  EXPECT_EQ(model.config.licence, "BSD-3-Clause");
  EXPECT_EQ(model.config.input.fit, Fit::kCenterCrop);
  EXPECT_EQ(model.config.input.resize_side, 232);
  EXPECT_EQ(model.config.input.filter, Interpolation::kBicubic);
  EXPECT_FLOAT_EQ(model.config.input.mean[0], 0.485f);
  EXPECT_FLOAT_EQ(model.config.input.std[2], 0.225f);
}

TEST_F(PullTest, CompletesOfflineWhatWasPutThereByHand) {
  make_model(dir_.path() / "made");
  const std::string bytes = read_text(dir_.path() / "made" / "model.safetensors");
  const std::string file = "lite-" + sha256_hex(std::as_bytes(std::span(bytes))).substr(0, 8) + ".safetensors";
  const NamedModel row = {"lite", "", "BSD-3-Clause", 7, {}, "efficientnet_lite0", 256};
  Source source;
  source.kind = Source::Kind::kTorchvision;
  source.address = file;
  source.name = "lite";
  source.named = &row;
  settings_.offline = true;
  failure_of(source);
  put(models() / ".pull-lite" / file, bytes);
  EXPECT_FALSE(pull_model(source, "", models(), settings_).problem);
}

TEST_F(PullTest, CopiesAFolderThatItCanRun) {
  const fs::path made = dir_.path() / "made";
  make_model(made);
  put(made / ".git" / "config", "hidden");
  fs::rename(made / "model.safetensors", dir_.path() / "elsewhere.safetensors");
  fs::create_symlink(dir_.path() / "elsewhere.safetensors", made / "model.safetensors");
  const Source source = parse_source("file:" + made.string());
  const PullResult result = pull_model(source, "mine", models(), settings_);
  EXPECT_EQ(files_in(folder("mine")), (std::set<std::string>{"config.json", "model.safetensors", "pull.json"}));
  EXPECT_FALSE(fs::is_symlink(folder("mine") / "model.safetensors")) << "the model must not hang on another folder";
  EXPECT_EQ(result.manifest.licence, "CC0-1.0");
  EXPECT_FALSE(model_problem(folder("mine")));
  fs::resize_file(dir_.path() / "elsewhere.safetensors", 1000);
  EXPECT_EQ(failure_of(source).kind, Kind::kInput);
  EXPECT_EQ(failure_of(parse_source("file:" + (dir_.path() / "none").string())).kind, Kind::kNotFound);
}

TEST_F(PullTest, TakesTurnsWithAnotherProcess) {
  FakeHub hub("owner/look", siglip());
  hub.spoil = [](const std::string&, Reply&) { std::this_thread::sleep_for(std::chrono::milliseconds(30)); };
  settings_.endpoint = hub.url();
  // Locks of two descriptors exclude one another as those of two processes do.
  int fetched = 0, found = 0, waited = 0;
  std::mutex mutex;
  std::vector<std::thread> pulls;
  for (int i = 0; i < 3; ++i)
    pulls.emplace_back([&] {
      PullEvents events;
      events.on_note = [&](const std::string&) {
        const std::lock_guard lock(mutex);
        ++waited;
      };
      const auto result = pull_model(parse_source("hf:owner/look"), "", models(), settings_, events);
      const std::lock_guard lock(mutex);
      ++(result.already ? found : fetched);
    });
  for (auto& pull : pulls) pull.join();
  EXPECT_EQ(fetched, 1);
  EXPECT_EQ(found, 2);
  EXPECT_GE(waited, 1);
  EXPECT_EQ(entries(), std::set<std::string>{"look"});
  EXPECT_EQ(hub.body_sent("open_clip_model.safetensors"), hub.size("open_clip_model.safetensors"));
}

TEST_F(PullTest, TheManifestFindsWhatChanged) {
  FakeHub hub("owner/look", siglip());
  const Manifest manifest = pull("hf:owner/look", hub).manifest;
  const fs::path weights = folder("look") / "open_clip_model.safetensors";
  std::string bytes = read_text(weights);
  bytes[7] ^= 1;
  put(weights, bytes);
  fs::remove(folder("look") / "config.json");
  put(folder("look") / "tokenizer.json", "short");
  const auto problems = changed_files(folder("look"), manifest);
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_NE(problems[0].find("config.json"), std::string::npos);
  EXPECT_NE(problems[1].find("has 5 bytes, expected 20000"), std::string::npos);
  EXPECT_NE(problems[2].find("sha256 is "), std::string::npos);
  put(folder("look") / "pull.json", R"({"format": 1, "source": "", "revision": "", "commit": "", "licence": "",
      "files": [{"path": "../../secret", "size": 1, "sha256": ""}]})");
  EXPECT_THROW(read_manifest(folder("look")), Error);
}

TEST_F(PullTest, RefusesAFolderNameThatLeavesTheWorkspace) {
  FakeHub hub("owner/look", siglip());
  for (const char* name : {"../x", "a/b", ".hidden", "nul"})
    EXPECT_THROW(pull("hf:owner/look", hub, name), Error) << name;
  EXPECT_TRUE(hub.hub().log().empty());
}

}  // namespace
}  // namespace ootd
