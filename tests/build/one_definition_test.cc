// Two types of one name in namespace ootd are one to the linker: a program that holds both runs one's destructor on the
// other (as Request of the server and Request of the downloads did). So each name is defined in one header only.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

namespace {

namespace fs = std::filesystem;

TEST(OneDefinition, EveryTypeNameIsDefinedInOneHeader) {
  const std::regex definition(R"(^(?:struct|class|enum class|enum) ([A-Z]\w+)(?: final)?(?: : [^;]*)? \{)");
  const std::regex space(R"(^namespace ([\w:]+) \{)");
  std::map<std::string, std::string> homes;
  for (const char* top : {"ootd", "tools"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(OOTD_SOURCE_DIR) / top)) {
      if (entry.path().extension() != ".h") continue;
      std::ifstream file(entry.path());
      std::string line, scope;
      std::smatch match;
      while (std::getline(file, line)) {
        if (std::regex_search(line, match, space)) scope = match[1];
        if (!std::regex_search(line, match, definition)) continue;
        const std::string name = scope + "::" + match[1].str();
        const auto [home, is_new] = homes.emplace(name, entry.path().string());
        EXPECT_TRUE(is_new) << name << " is defined in " << home->second << " and in " << entry.path();
      }
    }
  }
  EXPECT_GT(homes.size(), 100u);
}

}  // namespace
