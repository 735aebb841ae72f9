// --help on a terminal of 80 columns, and what to say to a mistyped command line.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace ootd {

inline constexpr std::size_t kHelpColumns = 80;

// CLI11's pages, with long lines broken at blanks and commas and what follows put under the text that it goes on.
class HelpPage : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

// Of the words that the parser could not place: the first if it stands where a verb should, else the first option, and
// the verb or option that it may have been meant to be. Nothing if all words had their place.
std::optional<std::string> typing_error(const CLI::App& program);

}  // namespace ootd
