// The command line as it is read: nothing here opens a workspace or a model.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "ootd/cli/help_page.h"
#include "ootd/cli/verbs.h"

namespace ootd {
namespace {

struct Ran {
  int exit_code = 0;
  std::string out, err;
};

Ran run(std::vector<std::string> words) {
  words.insert(words.begin(), "ootd");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int exit_code = run_program(static_cast<int>(argv.size()), argv.data());
  return {exit_code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

std::size_t pages_checked(const CLI::App& app) {
  std::istringstream page(app.help());
  for (std::string line; std::getline(page, line);)
    EXPECT_LE(line.size(), kHelpColumns) << app.get_name() << ": " << line;
  std::size_t pages = 1;
  for (const CLI::App* verb : app.get_subcommands({})) pages += pages_checked(*verb);
  return pages;
}

TEST(Help, OfEveryVerbFitsEightyColumns) {
  Globals globals;
  const auto program = make_program(globals);
  EXPECT_GT(pages_checked(*program), 40u);
}

TEST(Help, LosesNoWordWhereItBreaksALine) {
  Globals globals;
  const auto program = make_program(globals);
  const auto words_of = [](const std::string& text) {
    std::istringstream stream(text);
    std::string words;
    for (std::string word; stream >> word;) words += word;
    return words;
  };
  for (const CLI::App* verb : program->get_subcommands({})) {
    const std::string plain = CLI::Formatter().make_help(verb, "", CLI::AppFormatMode::Normal);
    const std::string page = HelpPage().make_help(verb, "", CLI::AppFormatMode::Normal);
    EXPECT_EQ(words_of(page), words_of(plain)) << verb->get_name();
  }
}

TEST(Program, WithoutAVerbShowsThemInGroupsAndSucceeds) {
  const Ran bare = run({});
  EXPECT_EQ(bare.exit_code, 0);
  EXPECT_EQ(bare.err, "");
  std::size_t at = 0;
  for (const char* part : {"Get photos:", "  import", "See clothes:", "  crop", "Search:", "  search",
                           "Taste:", "  recommend", "Learn:", "  train", "Serve and keep:", "  serve"}) {
    const std::size_t found = bare.out.find(std::string("\n") + part, at);
    ASSERT_NE(found, std::string::npos) << part << "\n" << bare.out;
    at = found;
  }
  EXPECT_EQ(bare.out.find("Subcommands:"), std::string::npos) << "a verb without a group";
  EXPECT_EQ(run({"--help"}).out, bare.out);
}

TEST(Program, NamesTheVerbOrOptionThatWasMeant) {
  const struct {
    std::vector<std::string> words;
    const char* error;
  } cases[] = {
      {{"serach", "--text", "x"}, "ootd: there is no verb \"serach\"; did you mean \"search\"?\n"},
      {{"Import", "x"}, "ootd: there is no verb \"Import\"; did you mean \"import\"?\n"},
      {{"frobnicate"}, "ootd: there is no verb \"frobnicate\"; `ootd --help` says what there is\n"},
      {{"search", "--filtr", "a = b", "--id", "x"},
       "ootd search: there is no option \"--filtr\"; did you mean \"--filter\"?\n"},
      {{"search", "--filtr=a"}, "ootd search: there is no option \"--filtr\"; did you mean \"--filter\"?\n"},
      {{"search", "-filter", "a"}, "ootd search: there is no option \"-filter\"; did you mean \"--filter\"?\n"},
      {{"recommend", "--usr", "ann"}, "ootd recommend: there is no option \"--usr\"; did you mean \"--user\"?\n"},
      {{"--jsno", "doctor"}, "ootd doctor: there is no option \"--jsno\"; did you mean \"--json\"?\n"},
      {{"user", "shwo", "ann"}, "ootd user: there is no verb \"shwo\"; did you mean \"show\"?\n"},
      {{"models", "pul", "x"}, "ootd models: there is no verb \"pul\"; did you mean \"pull\"?\n"},
      {{"serve", "now"}, "ootd serve: \"now\" is a word too many; `ootd serve --help` says what it takes\n"},
  };
  for (const auto& [words, error] : cases) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.exit_code, 2) << error;
    EXPECT_EQ(ran.err, error);
    EXPECT_EQ(ran.out, "");
  }
}

TEST(Program, SaysWhereAVerbOfFormerDaysHasGone) {
  const Ran ran = run({"render", "--out", "looks"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_NE(ran.err.find("ootd-render"), std::string::npos) << ran.err;
}

TEST(Program, TakesUserIdsOfAnyScriptAndRefusesControlCharacters) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"user", "show", "a\nb"},
                                             {"user", "export", ""},
                                             {"user", "erase", "\xff"},
                                             {"recommend", "--user", "a\tb"},
                                             {"feedback", "--undo", "--user", std::string(129, 'a')},
                                             {"wardrobe", "list", "--user", "\x7f"},
                                             {"wardrobe", "next", "--user", ""}}) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.exit_code, 2) << words[0];
    EXPECT_NE(ran.err.find("a user id has 1 to 128 characters"), std::string::npos) << ran.err;
  }
  for (const char* id : {"auth0|123", "a+b@x.org", "안나", "org/team", "a b"}) {
    const Ran ran = run({"--home", "/nowhere", "user", "export", id});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_NE(ran.err.find("no workspace there"), std::string::npos) << ran.err;
  }
}

}  // namespace
}  // namespace ootd
