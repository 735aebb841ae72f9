#include <algorithm>
#include <cstdio>
#include <numeric>

#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/eval/bootstrap.h"
#include "ootd/workspace/comparing.h"

namespace ootd {
namespace {

// {"serving", "other", "people", "agreement", "agreement_interval", "simulated": {"serving", "other"}}
void compare(Globals& globals, const std::string& other, int users) {
  const Workspace workspace(globals.place());
  const auto compared = run_stage(
      !globals.json, [&](const Progress& progress) { return compare_generations(workspace, other, users, progress); });
  const double people = static_cast<double>(compared.people.size());
  const double mean =
      std::accumulate(compared.agreement.begin(), compared.agreement.end(), 0.0) / std::max(people, 1.0);
  const Interval interval = bootstrap_mean(compared.agreement);
  Json document = {{"serving", to_string(compared.serving)},
                   {"other", to_string(compared.other)},
                   {"people", compared.people.size()},
                   {"agreement", people > 0 ? Json(mean) : Json()},
                   {"agreement_interval", {interval.low, interval.high}}};
  char line[160];
  std::snprintf(line, sizeof line,
                "%.0f people with a like: of the best %d unseen looks %.0f %% are the same [%.0f, %.0f]", people,
                kComparedCards, 100 * mean, 100 * interval.low, 100 * interval.high);
  std::string text = people > 0 ? line : "nobody has liked a look yet";
  if (!compared.simulated.empty()) {
    double rates[2] = {};
    for (std::size_t i = 0; i < 2; ++i)
      for (const Measures& person : compared.simulated[i].outcome.people)
        rates[i] += person.hit_rate / static_cast<double>(compared.simulated[i].outcome.people.size());
    document["simulated"] = {{"serving", rates[0]}, {"other", rates[1]}};
    std::snprintf(
        line, sizeof line,
        "\nsimulated people are dealt %.3f cards that they like of each by the serving vectors, %.3f by the others",
        rates[0], rates[1]);
    text += line;
  }
  globals.print(document, text);
}

}  // namespace

void add_index_compare(CLI::App& verb, Globals& globals) {
  auto other = std::make_shared<std::string>();
  auto users = std::make_shared<int>(100);
  auto* comparing = verb.add_subcommand(
      "compare", "What another model's vectors would change for this workspace's people, before they serve");
  comparing->add_option("MODEL", *other, "That has vectors here")->required();
  comparing->add_option("--users", *users, "Simulated people, where [taste] label is set; 0 = none")
      ->capture_default_str();
  comparing->callback([&globals, other, users] { compare(globals, *other, *users); });
}

}  // namespace ootd
