// The source tree keeps its layers: who may use whom is this table, which the CMake lines and every #include must obey.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/io.h"

namespace ootd {
namespace {

using Words = std::vector<std::string>;

struct Rule {
  std::string_view folder;
  int layer;
  std::string_view may_use;  // "*" = every lower layer
};
constexpr Rule kRules[] = {
    {"base", 0, ""},
    {"image", 1, "base"},
    {"text", 1, "base"},
    {"models", 1, "base"},
    {"store", 1, "base"},
    {"eval", 1, "base"},
    {"http", 1, "base"},
    {"infer", 2, "base models"},
    {"torch", 2, "base models"},
    {"hub", 2, "base models http"},
    {"crawl", 4, "base image store http parquet ingest"},
    {"ingest", 2, "base image store parquet"},
    {"report", 2, "base image eval"},
    {"recommend", 2, "base store"},
    {"detect", 3, "base image models infer"},
    {"embed", 3, "base image text models infer torch"},
    {"train", 4, "base image models store eval torch"},
    {"workspace", 5, "base image models store eval infer render report crawl detect embed train"},
    {"serve", 6, "base image store detect embed recommend"},
    {"cli", 7, "*"},
};

const Rule* rule_of(std::string_view folder) {
  const auto rule = std::ranges::find(kRules, folder, &Rule::folder);
  return rule == std::end(kRules) ? nullptr : &*rule;
}

Words split(std::string_view text) {
  std::istringstream in{std::string(text)};
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool contains(const Words& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

// One ootd_library(...) line.
struct Folder {
  int layer = -1;
  Words uses;
  Words home_of;
};
using Folders = std::map<std::string, Folder>;

// The line of a CMakeLists.txt; layer -1 if it has none.
Folder parse_folder(const std::string& cmake) {
  static const std::regex line(R"(^ootd_library\(([^)]*)\))", std::regex::multiline);
  std::smatch match;
  Folder folder;
  if (!std::regex_search(cmake, match, line)) return folder;
  std::string keyword;
  for (const std::string& word : split(match[1].str())) {
    if (word == "LAYER" || word == "USES" || word == "LINKS" || word == "HOME_OF") {
      keyword = word;
    } else if (keyword == "LAYER") {
      folder.layer = std::stoi(word);
    } else if (keyword == "USES") {
      folder.uses.push_back(word);
    } else if (keyword == "HOME_OF") {
      folder.home_of.push_back(word);
    }
  }
  return folder;
}

Words folder_violations(const std::string& name, const Folder& folder) {
  const Rule* rule = rule_of(name);
  if (rule == nullptr) return {"ootd/" + name + ": not in the table of layering_test.cc"};
  Words found;
  if (folder.layer != rule->layer) {
    found.push_back("ootd/" + name + ": LAYER must be " + std::to_string(rule->layer));
  }
  for (const std::string& used : folder.uses) {
    const Rule* other = rule_of(used);
    if (other == nullptr || other->layer >= rule->layer) {
      found.push_back("ootd/" + name + ": " + used + " is not on a lower layer");
    } else if (rule->may_use != "*" && !contains(split(rule->may_use), used)) {
      found.push_back("ootd/" + name + ": may not use " + used);
    }
  }
  return found;
}

// path from the root: "ootd/store/catalog.cc". Files outside ootd/ (tests, benches, tools) may use everything.
Words source_violations(const Folders& folders, const std::string& path, const std::string& text) {
  static const std::regex include(R"(^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"])", std::regex::multiline);
  static const std::regex ours("^ootd/([^/]+)/.*");
  static const std::regex pragma("^#pragma once$", std::regex::multiline);
  Words found;
  if (path.ends_with(".h") && !std::regex_search(text, pragma)) found.push_back(path + ": no #pragma once");
  std::smatch part;
  const std::string own = std::regex_match(path, part, ours) ? part[1].str() : "";
  for (auto it = std::sregex_iterator(text.begin(), text.end(), include); it != std::sregex_iterator(); ++it) {
    const std::string target = (*it)[2];
    const auto complain = [&](const std::string& why) { found.push_back(path + " includes " + target + ": " + why); };
    const bool outside = target.starts_with("tests/") || target.starts_with("bench/") || target.starts_with("tools/");
    const bool from_root = outside || target.starts_with("ootd/");
    if ((*it)[1] == "\"" && !from_root) complain("includes of ours are written from the root");
    if ((*it)[1] == "<" && from_root) complain("ours are included in quotes");
    if (own.empty()) continue;
    if (outside) complain("the library must not know its tests and tools");
    if (std::regex_match(target, part, ours) && part[1] != own && !contains(folders.at(own).uses, part[1].str())) {
      complain("not in USES of ootd/" + own);
    }
    for (const auto& [home, folder] : folders) {
      for (const std::string& prefix : folder.home_of) {
        if (target.starts_with(prefix) && !contains(folders.at(own).home_of, prefix))
          complain("its home is ootd/" + home);
      }
    }
  }
  return found;
}

const std::filesystem::path kRoot = OOTD_SOURCE_DIR;

Folders read_folders() {
  Folders folders;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "ootd")) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename();
    folders[name] = parse_folder(read_text(entry.path() / "CMakeLists.txt"));
    if (name == "cli" && folders[name].layer == -1) {  // a program, no library: it wires everything
      folders[name].layer = rule_of("cli")->layer;
      for (const Rule& rule : kRules) folders[name].uses.emplace_back(rule.folder);
      std::erase(folders[name].uses, "cli");
    }
  }
  return folders;
}

std::string lines_of(const Words& violations) {
  std::string text;
  for (const std::string& violation : violations) text += violation + "\n";
  return text;
}

TEST(Layering, EveryFolderKeepsToTheTable) {
  const Folders folders = read_folders();
  ASSERT_GE(folders.size(), 10u) << "the folders of ootd/ were not found";
  for (const auto& [name, folder] : folders) EXPECT_EQ(lines_of(folder_violations(name, folder)), "");
}

TEST(Layering, EveryIncludeKeepsToItsFolder) {
  const Folders folders = read_folders();
  int files = 0;
  for (const char* top : {"ootd", "tools", "tests", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / top)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      const std::string path = std::filesystem::relative(entry.path(), kRoot);
      EXPECT_EQ(lines_of(source_violations(folders, path, read_text(entry.path()))), "");
      ++files;
    }
  }
  EXPECT_GE(files, 30);
}

// Planted violations: the checks above can fail.

TEST(LayeringCheck, ReadsTheCMakeLine) {
  const Folder folder =
      parse_folder("find_package(X)\nootd_library(a LAYER 2 USES b c\n  LINKS X::x HOME_OF x/ y.h)\n");
  EXPECT_EQ(folder.layer, 2);
  EXPECT_EQ(folder.uses, (Words{"b", "c"}));
  EXPECT_EQ(folder.home_of, (Words{"x/", "y.h"}));
  EXPECT_EQ(parse_folder("# ootd_library(a LAYER 2)\n").layer, -1);
}

TEST(LayeringCheck, FindsWrongFolders) {
  EXPECT_TRUE(folder_violations("store", {1, {"base"}, {}}).empty());
  EXPECT_EQ(folder_violations("store", {2, {"base"}, {}}).size(), 1u);       // wrong layer
  EXPECT_EQ(folder_violations("store", {1, {"image"}, {}}).size(), 1u);      // its own layer
  EXPECT_EQ(folder_violations("store", {1, {"recommend"}, {}}).size(), 1u);  // upwards
  EXPECT_EQ(folder_violations("recommend", {2, {"image"}, {}}).size(), 1u);  // lower, but never pixels
  EXPECT_EQ(folder_violations("helpers", {1, {}, {}}).size(), 1u);           // unknown
  EXPECT_TRUE(folder_violations("cli", {7, {"serve", "base"}, {}}).empty());
}

TEST(LayeringCheck, FindsWrongIncludes) {
  const Folders folders = {
      {"base", {0, {}, {"json/"}}}, {"image", {1, {"base"}, {"vips/"}}}, {"store", {1, {"base"}, {}}}};
  const auto count = [&](const std::string& path, const std::string& text) {
    return source_violations(folders, path, text).size();
  };
  EXPECT_EQ(count("ootd/store/a.cc", "#include <vector>\n#include \"ootd/store/a.h\"\n#include \"ootd/base/b.h\"\n"),
            0u);
  EXPECT_EQ(count("ootd/store/a.cc", "#include \"ootd/image/image.h\"\n"), 1u);     // not in USES
  EXPECT_EQ(count("ootd/base/a.cc", "#  include \"ootd/store/catalog.h\"\n"), 1u);  // upwards
  EXPECT_EQ(count("ootd/store/a.cc", "#include <vips/vips.h>\n"), 1u);              // not its home
  EXPECT_EQ(count("ootd/image/a.cc", "#include <vips/vips.h>\n"), 0u);              // its home
  EXPECT_EQ(count("ootd/store/a.cc", "#include \"catalog.h\"\n"), 1u);              // not from the root
  EXPECT_EQ(count("ootd/store/a.cc", "#include <ootd/base/b.h>\n"), 1u);            // not in quotes
  EXPECT_EQ(count("ootd/store/a.cc", "#include \"tests/testing/temp_dir.h\"\n"), 1u);
  EXPECT_EQ(count("ootd/store/a.cc", "#include \"tools/render/look.h\"\n"), 1u);
  EXPECT_EQ(count("ootd/store/a.h", "// #pragma once\n"), 1u);
  EXPECT_EQ(count("ootd/store/a.h", "#pragma once\n"), 0u);
  EXPECT_EQ(count("tests/store/a_test.cc", "#include \"ootd/image/image.h\"\n#include <vips/vips.h>\n"), 0u);
  EXPECT_EQ(count("tests/store/a_test.cc", "#include \"temp_dir.h\"\n"), 1u);
}

}  // namespace
}  // namespace ootd
