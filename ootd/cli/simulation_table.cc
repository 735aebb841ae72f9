#include "ootd/cli/simulation_table.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace ootd {
namespace {

constexpr std::size_t kWide = 24;

std::string padded(std::string text, std::size_t wide) {
  text.resize(std::max(text.size(), wide), ' ');
  return text;
}

// "  0.813 [0.801, 0.825]"
std::string estimate_text(double value, const Json& low, const Json& high, int digits, bool sign) {
  char text[64];
  std::snprintf(text, sizeof text, sign ? "%+7.*f [%+.*f, %+.*f]" : "%7.*f [%.*f, %.*f]", digits, value, digits,
                low.get<double>(), digits, high.get<double>());
  return padded(text, kWide);
}

struct Column {
  std::string measure;
  int digits = 3;
};

std::string table_of(const Json& cell) {
  const Json& policies = cell.at("policies");
  std::vector<Column> columns = {{"hit_rate"}, {"first50"}, {"balanced"}, {"worst"}, {"first5", 1}, {"diversity"}};
  if (!policies[0].at("post").is_null()) columns.push_back({"post"});
  std::size_t wide = 8;
  for (const Json& policy : policies) wide = std::max(wide, policy.at("policy").get_ref<const std::string&>().size());

  std::string text = padded(cell.at("kind"), wide);
  for (const Column& column : columns) text += padded("   " + column.measure, kWide);
  text += "repeats  coverage   gini      ms\n";
  for (const Json& policy : policies) {
    text += padded(policy.at("policy"), wide);
    for (const auto& [measure, digits] : columns) {
      const Json& interval = policy.at(measure + "_interval");
      text += estimate_text(policy.at(measure), interval[0], interval[1], digits, false);
    }
    char rest[80];
    std::snprintf(rest, sizeof rest, "%7.3f   %7.3f  %5.2f %7.2f\n", policy.at("repeats").get<double>(),
                  policy.at("coverage").get<double>(), policy.at("gini").get<double>(), policy.at("ms").get<double>());
    text += rest;
    if (policy.at("difference").empty()) continue;
    text += padded("  +-", wide);
    for (const auto& [measure, digits] : columns) {
      const Json& paired = policy.at("difference").at(measure);
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
