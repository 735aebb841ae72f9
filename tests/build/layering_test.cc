// The source tree keeps its layers. Who lies where and may use whom is written once, in the ootd_library(...) line of
// each folder's CMakeLists.txt: every #include obeys these lines, and the table of CONTRIBUTING.md is printed from
// them.
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

bool contains(const Words& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

// One ootd_library(...) line.
struct Folder {
  int layer = -1;
  std::string about;
  Words uses;
  Words home_of;
};
using Folders = std::map<std::string, Folder>;

// The line of a CMakeLists.txt; layer -1 if it has none, or one of another folder's name.
Folder parse_folder(const std::string& name, const std::string& cmake) {
  static const std::regex line(R"re(^ootd_library\(((?:"[^"]*"|[^")])*)\))re", std::regex::multiline);
  static const std::regex word(R"re("[^"]*"|[^\s"]+)re");
  std::smatch match;
  Folder folder;
  if (!std::regex_search(cmake, match, line)) return folder;
  const std::string words = match[1];
  std::string keyword = "NAME";
  for (auto it = std::sregex_iterator(words.begin(), words.end(), word); it != std::sregex_iterator(); ++it) {
    const std::string text = it->str();
    if (keyword == "NAME" && text != "LAYER") {
      if (text != name) return {};
    } else if (contains({"LAYER", "ABOUT", "USES", "LINKS", "HOME_OF"}, text)) {
      keyword = text;
    } else if (keyword == "LAYER") {
      folder.layer = std::stoi(text);
    } else if (keyword == "ABOUT") {
      folder.about = text.substr(1, text.size() - 2);
    } else if (keyword == "USES") {
      folder.uses.push_back(text);
    } else if (keyword == "HOME_OF") {
      folder.home_of.push_back(text);
    }
  }
  return folder;
}

Words folder_violations(const Folders& folders, const std::string& name) {
  const Folder& folder = folders.at(name);
  if (folder.layer < 0)
    return {"ootd/" + name + ": its CMakeLists.txt has no line ootd_library(" + name + " LAYER n ...)"};
  Words found;
  if (folder.about.empty()) found.push_back("ootd/" + name + ": ABOUT \"...\" does not say what the folder is for");
  for (const std::string& used : folder.uses) {
    const auto other = folders.find(used);
    if (other == folders.end())
      found.push_back("ootd/" + name + ": USES " + used + ", which is no folder");
    else if (other->second.layer >= folder.layer)
      found.push_back("ootd/" + name + ": " + used + " is not on a lower layer");
  }
  return found;
}

// One row a folder, from the lowest layer up.
std::string table_of(const Folders& folders) {
  std::vector<std::pair<int, std::string>> rows;
  for (const auto& [name, folder] : folders) rows.emplace_back(folder.layer, name);
  std::ranges::sort(rows);
  std::string table = "| layer | folder | what it is for |\n|---|---|---|\n";
  for (const auto& [layer, name] : rows)
    table += "| " + std::to_string(layer) + " | `" + name + "` | " + folders.at(name).about + " |\n";
  return table;
}

const std::filesystem::path kTree = OOTD_SOURCE_DIR;

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
    const auto slash = target.find('/');
    const bool from_root = slash != std::string::npos && std::filesystem::is_directory(kTree / target.substr(0, slash));
    if ((*it)[1] == "\"" && !from_root) complain("includes of ours are written from the root");
    if ((*it)[1] == "<" && from_root) complain("ours are included in quotes");
    if (own.empty()) continue;
    if (from_root && !target.starts_with("ootd/")) complain("the library must not know what is built on it");
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

Folders read_folders() {
  Folders folders;
  for (const auto& entry : std::filesystem::directory_iterator(kTree / "ootd")) {
    const std::string name = entry.path().filename();
    if (entry.is_directory()) folders[name] = parse_folder(name, read_text(entry.path() / "CMakeLists.txt"));
  }
  return folders;
}

std::string lines_of(const Words& violations) {
  std::string text;
  for (const std::string& violation : violations) text += violation + "\n";
  return text;
}

TEST(Layering, EveryFolderUsesLowerLayersOnly) {
  const Folders folders = read_folders();
  ASSERT_GE(folders.size(), 10u) << "the folders of ootd/ were not found";
  for (const auto& [name, folder] : folders) EXPECT_EQ(lines_of(folder_violations(folders, name)), "");
}

TEST(Layering, EveryIncludeKeepsToItsFolder) {
  const Folders folders = read_folders();
  int files = 0;
  for (const char* top : {"ootd", "tests", "bench", "fuzz", "tools"}) {
    if (!std::filesystem::is_directory(kTree / top)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kTree / top)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      const std::string path = std::filesystem::relative(entry.path(), kTree);
      EXPECT_EQ(lines_of(source_violations(folders, path, read_text(entry.path()))), "");
      ++files;
    }
  }
  EXPECT_GE(files, 30);
}

TEST(Layering, ContributingShowsTheTable) {
  const std::string table = table_of(read_folders());
  EXPECT_NE(read_text(kTree / "CONTRIBUTING.md").find("\n\n" + table + "\n"), std::string::npos)
      << "CONTRIBUTING.md, Layers: put this table there\n\n"
      << table;
}

// Planted violations: the checks above can fail.

TEST(LayeringCheck, ReadsTheCMakeLine) {
  const std::string cmake =
      "find_package(X)\nootd_library(a LAYER 2 ABOUT \"words (USES x)\" USES b c\n  LINKS X::x HOME_OF x/ y.h)\n";
  const Folder folder = parse_folder("a", cmake);
  EXPECT_EQ(folder.layer, 2);
  EXPECT_EQ(folder.about, "words (USES x)");
  EXPECT_EQ(folder.uses, (Words{"b", "c"}));
  EXPECT_EQ(folder.home_of, (Words{"x/", "y.h"}));
  EXPECT_EQ(parse_folder("b", cmake).layer, -1);
  EXPECT_EQ(parse_folder("a", "# ootd_library(a LAYER 2)\n").layer, -1);
}

TEST(LayeringCheck, FindsWrongFolders) {
  const auto count = [](const Folder& store) {
    const Folders folders = {{"base", {0, "words", {}, {}}},
                             {"image", {1, "pixels", {"base"}, {}}},
                             {"serve", {2, "routes", {}, {}}},
                             {"store", store}};
    return folder_violations(folders, "store").size();
  };
  EXPECT_EQ(count({1, "rows", {"base"}, {}}), 0u);
  EXPECT_EQ(count({1, "rows", {"image"}, {}}), 1u);    // its own layer
  EXPECT_EQ(count({1, "rows", {"serve"}, {}}), 1u);    // upwards
  EXPECT_EQ(count({1, "rows", {"helpers"}, {}}), 1u);  // no folder
  EXPECT_EQ(count({1, "", {"base"}, {}}), 1u);         // says nothing
  EXPECT_EQ(count({}), 1u);                            // no line
}

TEST(LayeringCheck, PrintsTheTableFromTheLowestLayerUp) {
  EXPECT_EQ(table_of({{"a", {1, "pixels", {}, {}}}, {"b", {0, "words", {}, {}}}}),
            "| layer | folder | what it is for |\n|---|---|---|\n| 0 | `b` | words |\n| 1 | `a` | pixels |\n");
}

TEST(LayeringCheck, FindsWrongIncludes) {
  const Folders folders = {
      {"base", {0, "", {}, {"json/"}}}, {"image", {1, "", {"base"}, {"vips/"}}}, {"store", {1, "", {"base"}, {}}}};
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
