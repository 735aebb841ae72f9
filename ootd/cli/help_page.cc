#include "ootd/cli/help_page.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "ootd/cli/nearest_word.h"

namespace ootd {
namespace {

// Where the line may end so that it fits: behind a comma, or at a blank, which then goes. npos = nowhere.
std::size_t break_of(const std::string& line, std::size_t from) {
  for (std::size_t at = kHelpColumns; at > from; --at) {
    if (line[at] == ' ') return at;
    if (line[at - 1] == ',') return at;
  }
  return std::string::npos;
}

std::string wrapped(std::string line, std::size_t column) {
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  const bool is_row = blanks > 0 && line.size() > column && line[column - 1] == ' ';
  const std::size_t indent = is_row ? column : blanks > 0 ? blanks + 2 : 0;
  std::string text;
  while (line.size() > kHelpColumns) {
    const std::size_t at = break_of(line, indent);
    if (at == std::string::npos) break;
    text += line.substr(0, at) + "\n";
    line = std::string(indent, ' ') + line.substr(line[at] == ' ' ? at + 1 : at);
  }
  return text + line;
}

// Down to the verb that was recognised last.
const CLI::App& recognised(const CLI::App& program) {
  const CLI::App* app = &program;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return *app;
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && word.find_first_not_of('-') != word.npos;
}

std::string without_dashes(const std::string& option) { return option.substr(option.find_first_not_of('-')); }

}  // namespace

std::string HelpPage::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  constexpr std::size_t kVerbColumn = 18;  // the program's own page is a list of short words
  CLI::Formatter plain(*this);
  if (app->get_parent() == nullptr) plain.column_width(kVerbColumn);
  std::istringstream page(plain.make_help(app, std::move(name), mode));
  std::string text;
  for (std::string line; std::getline(page, line);) text += wrapped(std::move(line), plain.get_column_width()) + "\n";
  return text;
}

std::optional<std::string> typing_error(const CLI::App& program) {
  const auto words = program.remaining(/*recurse=*/true);
  const CLI::App& verb = recognised(program);
  if (words.empty() || verb.get_allow_extras()) return std::nullopt;
  std::string called;
  for (const CLI::App* app = &verb; app != nullptr; app = app->get_parent())
    called = app->get_name() + (called.empty() ? "" : " " + called);

  const auto option = std::ranges::find_if(words, is_option);
  std::vector<std::string> known;
  for (const CLI::App* each : verb.get_subcommands({}))
    if (!each->get_group().empty()) known.push_back(each->get_name());
  const bool is_verb = !known.empty() && option != words.begin();
  if (!is_verb && option == words.end())
    return called + ": \"" + words.front() + "\" is a word too many; `" + called + " --help` says what it takes";

  std::string typed = words.front();
  if (!is_verb) {
    typed = option->substr(0, option->find('='));
    known.clear();
    for (const CLI::App* app = &verb; app != nullptr; app = app->get_parent())
      for (const CLI::Option* each : app->get_options())
        for (const std::string& name : each->get_lnames()) known.push_back(name);
  }
  const auto meant = nearest_word(is_verb ? typed : without_dashes(typed), known);
  return called + ": there is no " + (is_verb ? "verb" : "option") + " \"" + typed + "\"; " +
         (meant ? "did you mean \"" + (is_verb ? *meant : "--" + *meant) + "\"?"
                : "`" + called + " --help` says what there is");
}

}  // namespace ootd
