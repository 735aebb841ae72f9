// Runs that the disk or a kill breaks off at each of their changes of a file: all go on to the bits of a whole run.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <regex>

#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/encode.h"
#include "ootd/train/train.h"
#include "ootd/train/train_detector.h"
#include "tests/testing/child.h"
#include "tests/testing/random_model.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// The test runs a second time in a process of its own whose disk can fail (failing_disk.cc), without threads of other
// tests, so that it can be forked. True in that process.
bool in_own_process() {
  constexpr char kOwn[] = "OOTD_OWN_PROCESS";
  if (std::getenv(kOwn) != nullptr) return true;
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  ::setenv(kOwn, "1", 1);
  ::setenv("OMP_NUM_THREADS", "1", 1);  // two threads that spin for each other take long where others compute too
  ::setenv("LD_PRELOAD", OOTD_FAILING_DISK, 1);
  const pid_t child =
      testing::start_child({fs::read_symlink("/proc/self/exe"),
                            std::string("--gtest_filter=") + test->test_suite_name() + "." + test->name()});
  for (const char* name : {"LD_PRELOAD", "OMP_NUM_THREADS", kOwn}) ::unsetenv(name);
  EXPECT_EQ(testing::wait_for(child), 0);
  return false;
}

struct Ending {
  bool killed = false;
  std::string error;  // what was thrown
  bool whole() const { return !killed && error.empty(); }
};

// In a copy of this process: what threads and libraries do there leaves no trace in this one.
Ending in_child(const std::function<void()>& work) {
  const testing::TempDir dir;
  const fs::path message = dir.path() / "message";
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
      ::_exit(0);
    } catch (const std::exception& problem) {
      const std::string text = problem.what();
      write_file_atomically(message, std::as_bytes(std::span(text)));
      ::_exit(1);
    }
  }
  const int status = testing::wait_for(child);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return {true, ""};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return {false, fs::exists(message) ? read_text(message) : "ended with status " + std::to_string(status)};
}

// Every file below a run's folder, without what tells the time: event files, and the log's last column.
std::map<std::string, std::string> files_of(const fs::path& run) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const std::string name = entry.path().lexically_relative(run).string();
    if (!entry.is_regular_file() || name.find("events.out") != std::string::npos) continue;
    std::string text = read_text(entry.path());
    if (name.ends_with("log.csv")) {
      std::string timeless;
      for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
        timeless += text.substr(at, text.rfind(',', end) - at) + "\n";
      text = timeless;
    }
    files[name] = text;
  }
  return files;
}

class InterruptedRun : public ::testing::Test {
 protected:
  using Train = std::function<void(const fs::path& run, bool resume)>;

  Ending broken_at(int change, const std::string& fault, const Train& train, const std::string& name, bool resume) {
    return in_child([&] {
      const fs::path run = dir_.path() / name;
      ::setenv("OOTD_DISK_FOLDER", run.c_str(), 1);
      ::setenv("OOTD_DISK_AT", std::to_string(change).c_str(), 1);
      ::setenv("OOTD_DISK_FAULT", fault.c_str(), 1);
      train(run, resume);
    });
  }
  Ending resumed(const Train& train, const std::string& name) {
    return in_child([&] { train(dir_.path() / name, /*resume=*/true); });
  }
  std::map<std::string, std::string> files_of_run(const std::string& name) { return files_of(dir_.path() / name); }

  // train: always the same run, whose best epoch changes, but not in every epoch. A kill is tried at each of its
  // changes of a file, a full disk and a kill of what is resumed at every `stride`-th.
  void expect_the_same_however_it_ends(const Train& train, int stride) {
    ASSERT_EQ(resumed(train, "whole").error, "");
    const auto whole = files_of_run("whole");
    const std::string metrics = whole.at("metrics.csv");
    ASSERT_TRUE(std::regex_search(metrics, std::regex(",1\n(.*\n)*.*,1\n"))) << metrics;
    ASSERT_NE(metrics.find(",0\n"), std::string::npos) << metrics;

    for (const std::string fault : {"kill", "full"}) {
      int change = 1;
      for (;; change += fault == "kill" ? 1 : stride) {
        const std::string name = fault + std::to_string(change);
        const Ending ending = broken_at(change, fault, train, name, /*resume=*/false);
        if (ending.whole()) break;
        ASSERT_EQ(ending.killed, fault == "kill") << name << ": " << ending.error;
        if (fault == "full") {
          EXPECT_NE(ending.error.find("No space left on device"), std::string::npos) << name << ": " << ending.error;
        }
        ASSERT_EQ(resumed(train, name).error, "") << name;
        ASSERT_EQ(files_of_run(name), whole) << name;
        fs::remove_all(dir_.path() / name);
      }
      EXPECT_GT(change, 40);
    }

    // The same run is killed again and again, each time a little later.
    int change = 1;
    while (broken_at(change, "kill", train, "again", /*resume=*/true).killed) change += stride;
    EXPECT_EQ(files_of_run("again"), whole);
  }

  testing::TempDir dir_;
};

std::vector<std::uint8_t> noise(Random& random, std::size_t pixels, int red) {
  std::vector<std::uint8_t> rgb;
  for (std::size_t i = 0; i < pixels * 3; ++i)
    rgb.push_back(static_cast<std::uint8_t>((i % 3 == 0 ? red : 90) + static_cast<int>(random.below(60))));
  return rgb;
}

// Both phases, so that the head alone and the whole network are covered.
TEST_F(InterruptedRun, AnEncodersEndsWithTheSameBits) {
  if (!in_own_process()) return;
  const TransformerTower tower = {8, 1, 2, 16, Activation::kGelu};
  ModelConfig network = default_config(*find_architecture("siglip_b16"));
  network.network = SiglipConfig{tower, 8, false, tower, 1, 1};
  network.text.reset();
  network.input.width = network.input.height = 16;
  const Model base = testing::random_model(dir_.path() / "models", network);
  constexpr std::size_t kCount = 24;
  Random random(3);
  Matrix features(kCount, 8);
  SampleSet set;
  set.columns = {{"style", {"Retro", "Street"}, {}}};
  for (std::size_t i = 0; i < kCount; ++i) {
    const int style = static_cast<int>(i % 2);
    const fs::path file = dir_.path() / (std::to_string(i) + ".jpg");
    set.samples.push_back({static_cast<LookKey>(i + 1), file, {}, i >= 16});
    set.columns[0].labels.push_back({style});
    for (float& value : features.row(i)) value = static_cast<float>(random.normal());
    features.row(i)[5] += style == 0 ? 1.0f : -1.0f;
    normalize(features.row(i));
    write_file_atomically(file, encode_jpeg({16, 16, noise(random, 256, style == 0 ? 100 : 80)}));
  }

  TrainConfig config;
  config.mode = TrainMode::kLpFt;
  config.select = "style";
  config.head = {.dim = 4, .bias = false, .normalize_input = true};
  config.pca_init = false;
  config.labels_per_batch = 2;
  config.images_per_label = 4;
  config.head_epochs = 1;
  config.epochs = 3;
  config.head_lr = 0.05;
  config.lr = 0.005;
  config.ema = 0.5;
  config.memory = 8;
  config.threads = 1;
  config.objectives.emplace_back();
  config.objectives[0].labels = "style";
  config.objectives[0].loss = default_loss(LossKind::kProxyAnchor);
  expect_the_same_however_it_ends(
      [&](const fs::path& run, bool resume) { train(config, {base, set, features}, run, resume); }, 1);
}

TEST_F(InterruptedRun, ADetectorsEndsWithTheSameBits) {
  if (!in_own_process()) return;
  const Model base =
      testing::random_model(dir_.path() / "models", default_config(*find_architecture("efficientnet_lite0")));
  Random random(3);
  std::vector<DetectorPhoto> photos;
  for (int i = 0; i < 4; ++i) {
    photos.push_back({dir_.path() / (std::to_string(i) + ".jpg"), {{4, {8, 4, 40, 50}}}});
    write_file_atomically(photos.back().file, encode_jpeg({64, 64, noise(random, 64 * 64, 150)}));
  }

  DetectorTrainConfig config;
  config.side = 64;
  config.width = 16;
  config.batch = 2;
  config.epochs = 3;
  config.plain_epochs = config.epochs;
  config.lr = 0.03f;
  config.ema = 0;
  config.threads = 1;
  config.train_from = "_blocks.15";
  config.augment = {1, 1, 1, 0, 0, 0, 0, 0, {64}};  // none
  expect_the_same_however_it_ends(
      [&](const fs::path& run, bool resume) { train_detector(config, base, photos, photos, run, resume); }, 7);
}

}  // namespace
}  // namespace ootd
