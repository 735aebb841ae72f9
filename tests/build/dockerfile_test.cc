// There may be no Docker where the tests run, so this reads the Dockerfile and holds it to the scripts and to the
// program that this build made: the same build steps, every library there, nothing of training, no root.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ootd/base/io.h"

namespace ootd {
namespace {

const std::filesystem::path kRoot = OOTD_SOURCE_DIR;
const std::filesystem::path kDeps = OOTD_DEPS;

struct Step {
  int stage;  // 0 = build, 1 = what runs
  std::string word, rest;
};

// One step per instruction; comments gone, continued lines joined.
std::vector<Step> parse_dockerfile(const std::string& text) {
  std::vector<Step> steps;
  std::istringstream in(std::regex_replace(text, std::regex("[ \t]*\\\\\n[ \t]*"), " "));
  int stage = -1;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, space);
    if (word == "FROM") ++stage;
    steps.push_back({stage, word, line.substr(std::min(space + 1, line.size()))});
  }
  return steps;
}

std::vector<Step> dockerfile() { return parse_dockerfile(read_text(kRoot / "Dockerfile")); }

std::vector<std::string> rests(const std::vector<Step>& steps, int stage, const std::string& word) {
  std::vector<std::string> found;
  for (const Step& step : steps) {
    if (step.stage == stage && step.word == word) found.push_back(step.rest);
  }
  return found;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

struct Ran {
  int status;
  std::string output;
};
Ran run(const std::string& command) {
  Ran ran{-1, ""};
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> block;
  for (std::size_t n; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;) ran.output.append(block.data(), n);
  ran.status = ::pclose(pipe);
  return ran;
}

// The files that the last stage copies out of .deps. A pattern without a file is a failed build: "" for it.
std::vector<std::filesystem::path> copied_deps() {
  static const std::string prefix = "/opt/ootd/.deps/";
  std::vector<std::filesystem::path> files;
  for (const std::string& copy : rests(dockerfile(), 1, "COPY")) {
    for (const std::string& word : words_of(copy)) {
      if (!word.starts_with(prefix)) continue;
      const auto pattern = kDeps / word.substr(prefix.size());
      if (word.ends_with("/")) {
        files.push_back(std::filesystem::is_directory(pattern) ? pattern : "");
        continue;
      }
      const std::string name = std::regex_replace(
          std::regex_replace(pattern.filename().string(), std::regex("\\."), "\\."), std::regex("\\*"), ".*");
      const auto before = files.size();
      for (const auto& entry : std::filesystem::directory_iterator(pattern.parent_path())) {
        if (std::regex_match(entry.path().filename().string(), std::regex(name))) files.push_back(entry.path());
      }
      if (files.size() == before) files.emplace_back();
    }
  }
  return files;
}

TEST(DockerfileParser, JoinsLinesAndCountsStages) {
  const auto steps = parse_dockerfile("# c\nFROM a AS b\nRUN x \\\n  y\nFROM c\nUSER d\n");
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[1].rest, "x y");
  EXPECT_EQ(steps[3].stage, 1);
  EXPECT_EQ(steps[3].word, "USER");
}

TEST(Dockerfile, BuildsAsTheDemoDoes) {
  const auto run_steps = rests(dockerfile(), 0, "RUN");
  EXPECT_EQ(run_steps, (std::vector<std::string>{"scripts/setup --serving", "scripts/build serving ootd_program"}));
  const std::string demo = read_text(kRoot / "scripts" / "demo");
  for (const std::string& step : run_steps) EXPECT_NE(demo.find(step + "\n"), std::string::npos) << step;
}

TEST(Dockerfile, LeavesPackageNamesToSetup) {
  const auto steps = dockerfile();
  const auto run_steps = rests(steps, 1, "RUN");
  ASSERT_FALSE(run_steps.empty());
  EXPECT_NE(run_steps[0].find("scripts/setup --runtime &&"), std::string::npos);
  for (const Step& step : steps) EXPECT_EQ(step.rest.find("apt-get"), std::string::npos) << step.rest;
}

TEST(Dockerfile, RunsWithoutRootAndWithoutTorch) {
  const auto steps = dockerfile();
  const auto users = rests(steps, 1, "USER");
  ASSERT_EQ(users.size(), 1u);
  EXPECT_NE(users[0], "root");
  EXPECT_NE(users[0], "0");
  const auto user = std::ranges::find(steps, "USER", &Step::word);
  EXPECT_TRUE(std::none_of(user, steps.end(), [](const Step& step) { return step.word == "RUN"; }));
  for (const Step& step : steps) {
    EXPECT_EQ(step.rest.find("--training"), std::string::npos);
    EXPECT_EQ(std::regex_replace(step.rest, std::regex("_pytorch_model"), "").find("torch"), std::string::npos);
  }
  for (const char* word : {"HEALTHCHECK", "EXPOSE", "ENTRYPOINT"}) EXPECT_EQ(rests(steps, 1, word).size(), 1u) << word;
}

TEST(Dockerfile, CopiesFilesThatExist) {
  const auto files = copied_deps();
  EXPECT_GE(files.size(), 8u);
  for (const auto& file : files) EXPECT_NE(file, "") << "a COPY pattern matches nothing in " << kDeps;
}

// Every library that the program names lies in the copied files or in a package that the last stage installs.
TEST(Dockerfile, BringsEveryLibraryThatTheProgramNeeds) {
  if (!std::filesystem::is_regular_file(OOTD_BINARY)) GTEST_SKIP() << OOTD_BINARY << " is not built";
  if (run("dpkg-query --version").status != 0) GTEST_SKIP() << "no dpkg on this system";
  const Ran packages = run((kRoot / "scripts" / "setup").string() + " --print-runtime-packages");
  ASSERT_EQ(packages.status, 0) << packages.output;
  std::set<std::string> installed = {"libc6", "libgcc-s1"};  // part of every Debian image
  for (const std::string& package : words_of(packages.output)) installed.insert(package);
  std::set<std::string> copied;
  for (const auto& file : copied_deps()) copied.insert(file.filename());

  const Ran linked = run("ldd " OOTD_BINARY);
  ASSERT_EQ(linked.status, 0) << linked.output;
  const Ran dynamic = run("readelf -d " OOTD_BINARY);
  static const std::regex needed(R"(\(NEEDED\).*\[(.*)\])");
  int count = 0;
  for (auto it = std::sregex_iterator(dynamic.output.begin(), dynamic.output.end(), needed);
       it != std::sregex_iterator(); ++it, ++count) {
    const std::string library = (*it)[1];
    // This build may train, read Parquet or look for bugs; the image's does not. ld-linux is part of libc6.
    if (copied.contains(library) || library.starts_with("libtorch") || library.starts_with("libc10") ||
        library.starts_with("libarrow") || library.starts_with("libparquet") ||
        library.find("san.so") != std::string::npos || library.starts_with("ld-linux")) {
      continue;
    }
    const auto arrow = linked.output.find("\t" + library + " => ");
    ASSERT_NE(arrow, std::string::npos) << library << " is not in\n" << linked.output;
    const std::string place = words_of(linked.output.substr(arrow, 4096)).at(2);
    // dpkg may know the file by its other name: /lib is a link to /usr/lib.
    const std::string path = std::filesystem::canonical(place);
    const Ran owner = run("dpkg -S " + path + " || dpkg -S " + std::regex_replace(path, std::regex("^/usr"), ""));
    std::smatch package;
    ASSERT_TRUE(std::regex_search(owner.output, package, std::regex(R"((^|\n)([a-z0-9.+-]+)(:[a-z0-9]+)?: )")))
        << library;
    EXPECT_TRUE(installed.contains(package[2]))
        << library << " is in " << package[2] << ", which scripts/setup --runtime does not install";
  }
  EXPECT_GE(count, 5) << dynamic.output;
}

// No environment, another folder: the libraries are found by the path inside the program.
TEST(Program, RunsFromAnywhereWithoutEnvironment) {
  if (!std::filesystem::is_regular_file(OOTD_BINARY)) GTEST_SKIP() << OOTD_BINARY << " is not built";
  const Ran ran = run("cd / && env -i " OOTD_BINARY " --help");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_NE(ran.output.find("serve"), std::string::npos) << ran.output;
}

}  // namespace
}  // namespace ootd
