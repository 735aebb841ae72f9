#include "ootd/cli/progress.h"
#include "ootd/cli/simulation_table.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/simulating.h"

namespace ootd {
namespace {

struct SimulateFlags {
  SimulationRequest request;
  std::filesystem::path report;
};

void run_simulate(Globals& globals, const SimulateFlags& flags) {
  const Workspace workspace(globals.place());
  const auto kinds = run_stage(
      !globals.json, [&](const Progress& progress) { return simulate_policies(workspace, flags.request, progress); });
  Json document = simulation_json(kinds);
  std::string text = simulation_table(document) + "95 % intervals over " + std::to_string(flags.request.users) +
                     " people; +-: more than " + flags.request.policies.front() + ", person by person";
  if (!flags.report.empty()) {
    write_simulation_report(flags.report, flags.request, kinds, text);
    document["report"] = flags.report.string();
    text += "\n" + flags.report.string();
  }
  globals.print(document, text);
}

}  // namespace

void add_simulate(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("simulate", "What policies are worth to simulated people whose taste is known");
  auto flags = std::make_shared<SimulateFlags>();
  SimulationRequest& request = flags->request;
  SimulationOptions& options = request.options;
  std::string policies;
  for (const auto name : policy_names()) policies += (policies.empty() ? "" : ", ") + std::string(name);
  verb->add_option("--policy", request.policies,
                   "Once for each, the first is what the others are compared with; settings may follow "
                   "(\"kernel:load=0.5\"). There are " +
                       policies)
      ->capture_default_str();
  verb->add_option("--kind", request.kinds, "Of people (A,B): " + std::string(kPeopleKinds))
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--labels", request.labels,
                   "Label keys whose values tastes are made of (A,B), or products of keys (\"style*season\")")
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--except", request.except, "Values of these that are left out (A,B)")->delimiter(',');
  verb->add_option("--min-looks", request.min_looks, "Values that fewer looks have are left out")
      ->capture_default_str();
  verb->add_option("--max-looks", request.max_looks, "Likewise those that more have (default: any)");
  verb->add_option("--model", request.model, "By whose vectors cards are dealt (default: the one in use)");
  verb->add_option("--judge", request.judge,
                   "The model whose vectors say which looks are alike, so that the one in use does not judge itself "
                   "(default: the one in use)");
  verb->add_option("--taste-label", request.taste_labels,
                   "What the policies go by (as --labels; default: vectors only)")
      ->delimiter(',');
  verb->add_flag("--garments", request.garments, "They go by garments too (after `ootd embed --garments`)");
  verb->add_flag("--quiz", options.quiz, "People say beforehand which values they like; needs --taste-label");
  verb->add_option("--wrong-picks", options.wrong_picks, "The share of what they say that is any value")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb->add_option("--explore", options.explore, "The share of places on a deck that are drawn at random")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb->add_option("--users", request.users, "People of each kind")->check(CLI::PositiveNumber)->capture_default_str();
  verb->add_option("--seed", request.seed, "Of the people and their luck")->capture_default_str();
  verb->add_option("--swipes", request.swipes, "Of each (default: 200, of rare tastes 100)")
      ->check(CLI::Range(1, 100'000));
  verb->add_option("--threads", options.threads, "0 = all cores")->capture_default_str();
  verb->add_option("--report", flags->report, "Write a page with learning curves and tables to this HTML file");
  verb->callback([&globals, flags] { run_simulate(globals, *flags); });
}

}  // namespace ootd
