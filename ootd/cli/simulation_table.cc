#include "ootd/cli/simulation_table.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace ootd {
namespace {

// " .813 [.801, .825]", and blanks for what is no number.
std::string estimate_text(const Json& value, const Json& low, const Json& high, int digits, bool sign = false) {
  char text[64];
  if (value.is_null()) return std::string(24, ' ');
  std::snprintf(text, sizeof text, sign ? "%+7.*f [%+.*f, %+.*f]" : "%7.*f [%.*f, %.*f]", digits, value.get<double>(),
                digits, low.get<double>(), digits, high.get<double>());
  std::string padded = text;
  padded.resize(std::max<std::size_t>(padded.size(), 24), ' ');
  return padded;
}

// A row a policy, and what it is more than the first one.
std::string table_of(const Json& cell) {
  constexpr std::pair<const char*, int> kColumns[] = {{"hit_rate", 3}, {"first50", 3}, {"balanced", 3}, {"worst", 3},
                                                      {"first5", 1},   {"post", 3},    {"diversity", 3}};
  std::size_t wide = 6;
  for (const Json& policy : cell.at("policies"))
    wide = std::max(wide, policy.at("policy").get_ref<const std::string&>().size());
  const auto name = [wide](std::string text) {
    text.resize(wide, ' ');
    return text;
  };
  std::string text = cell.at("kind").get<std::string>() + "\n" + name("policy");
  for (const auto& [column, digits] : kColumns) {
    std::string heading = "   " + std::string(column);
    heading.resize(24, ' ');
    text += heading;
  }
  text += "  repeats coverage  gini      ms\n";
  for (const Json& policy : cell.at("policies")) {
    text += name(policy.at("policy"));
    for (const auto& [column, digits] : kColumns) {
      const Json& interval = policy.at(std::string(column) + "_interval");
      text += estimate_text(policy.at(column), interval[0], interval[1], digits);
    }
    char rest[80];
    std::snprintf(rest, sizeof rest, "  %7.3f  %7.3f %5.2f %7.2f\n", policy.at("repeats").get<double>(),
                  policy.at("coverage").get<double>(), policy.at("gini").get<double>(), policy.at("ms").get<double>());
    text += rest;
    if (policy.at("difference").empty()) continue;
    text += name("  +-");
    for (const auto& [column, digits] : kColumns) {
      const Json& paired = policy.at("difference").at(column);
      text += estimate_text(paired[0], paired[1], paired[2], digits, true);
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string simulation_table(const Json& simulation) {
  std::string text;
  for (const Json& cell : simulation.at("cells")) text += (text.empty() ? "" : "\n") + table_of(cell);
  return text;
}

}  // namespace ootd
