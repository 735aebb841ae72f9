#include <cstdio>

#include "ootd/cli/rates.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/replaying.h"

namespace ootd {
namespace {

Json report_json(const Comparison& comparison) {
  Json rows = Json::array(), shares = Json::array();
  for (const Comparison::Row& row : comparison.rows) {
    Json json = {{"policy", row.policy},
                 {"people", row.people},
                 {"cards", row.cards},
                 {"likes", row.likes},
                 {"saves", row.saves}};
    add_rate(json, "rate", row.rate.value, row.rate.interval);
    add_rate(json, "first_rate", row.first_rate.value, row.first_rate.interval);
    add_rate(json, "later_rate", row.later_rate.value, row.later_rate.interval);
    add_rate(json, "difference", row.difference.value, row.difference.interval);
    rows.push_back(std::move(json));
  }
  for (const Comparison::Share& share : comparison.shares)
    shares.push_back({{"policy", share.policy}, {"share", share.configured}, {"people", share.people}});
  return {{"policies", std::move(rows)},
          {"first_swipes", kFirstSwipes},
          {"arms", std::move(shares)},
          {"chance_of_division", comparison.chance},
          {"left_out", {{"without_deal", comparison.without_deal}, {"unanswered", comparison.unanswered}}},
          {"warnings", warnings_of(comparison)}};
}

std::string report_text(const Comparison& comparison) {
  if (comparison.rows.empty()) return "no answered card in the log says who dealt it";
  std::string text;
  for (const Comparison::Row& row : comparison.rows) {
    text += row.policy + ": " + std::to_string(row.people) + " people, " + std::to_string(row.cards) + " cards, " +
            std::to_string(row.likes) + " likes, " + std::to_string(row.saves) + " saves\n  liked or saved   " +
            rate_text(row.rate.value, row.rate.interval) + "\n  first " + std::to_string(kFirstSwipes) + " swipes  " +
            rate_text(row.first_rate.value, row.first_rate.interval) + "\n  later            " +
            rate_text(row.later_rate.value, row.later_rate.interval) + "\n";
    if (&row != &comparison.rows.front())
      text += "  over " + comparison.rows.front().policy + "  " +
              rate_text(row.difference.value, row.difference.interval) + "\n";
  }
  text += "left out: " + std::to_string(comparison.without_deal) + " cards without a deal, " +
          std::to_string(comparison.unanswered) + " without an answer";
  for (const std::string& warning : warnings_of(comparison)) text += "\nwarning: " + warning;
  return text;
}

}  // namespace

void add_ab(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("ab", "A/B tests: [taste.arms] of ootd.toml");
  verb->require_subcommand(1);
  auto since = std::make_shared<std::string>();
  auto* report = verb->add_subcommand("report", "What came of each policy that dealt");
  report->add_option("--since", *since, "Only cards shown from this day on (2026-11-30, UTC)");
  report->callback([&globals, since] {
    const Workspace workspace(globals.place());
    const Comparison comparison = compare_arms(workspace, since->empty() ? 0 : day_ms(*since));
    globals.print(report_json(comparison), report_text(comparison));
  });
}

}  // namespace ootd
