#include "ootd/workspace/replaying.h"

#include <cstdio>

#include "ootd/cli/rates.h"
#include "ootd/cli/verbs.h"

namespace ootd {
namespace {

struct ReplayFlags {
  std::vector<std::string> policies;
  std::string since;
};

Json left_out_json(const LeftOut& out) {
  return {{"without_deal", out.without_deal},
          {"unknown_policy", out.unknown_policy},
          {"gone", out.gone},
          {"unanswered", out.unanswered},
          {"shown_again", out.shown_again},
          {"incomplete", out.incomplete},
          {"unclear", out.unclear}};
}

Json replay_json(const PolicyReplay& replay) {
  const OffPolicy& result = replay.result;
  Json json = {{"policy", replay.policy},       {"cards", result.cards},
               {"people", result.people},       {"matched", result.matched},
               {"supported", result.supported}, {"effective", result.effective},
               {"refused", result.refused},     {"left_out", left_out_json(replay.left_out)}};
  add_rate(json, "logged", result.logged, result.logged_interval);
  if (!result.refused.empty()) return json;
  add_rate(json, "ips", result.ips.value, result.ips.interval);
  add_rate(json, "snips", result.snips.value, result.snips.interval);
  add_rate(json, "dr", result.dr.value, result.dr.interval);
  add_rate(json, "gain", result.gain.value, result.gain.interval);
  json["kernel_error"] = result.kernel_error;
  return json;
}

std::string replay_text(const PolicyReplay& replay) {
  const OffPolicy& result = replay.result;
  std::string text = "\n" + replay.policy + ": ";
  if (!result.refused.empty()) return text + "cannot tell: " + result.refused;
  char worth[160];
  std::snprintf(worth, sizeof worth, "%.0f %% of its cards could be met; worth %.0f cards of its own",
                100 * result.supported, result.effective);
  return text + worth + "\n  ips    " + rate_text(result.ips.value, result.ips.interval) + "\n  snips  " +
         rate_text(result.snips.value, result.snips.interval) + "\n  dr     " +
         rate_text(result.dr.value, result.dr.interval) + "\n  gain   " +
         rate_text(result.gain.value, result.gain.interval) + " of dr over what was dealt";
}

void run_replay(Globals& globals, const ReplayFlags& flags) {
  const Workspace workspace(globals.place());
  const auto replays = replay_policies(workspace, flags.policies, flags.since.empty() ? 0 : day_ms(flags.since));
  Json list = Json::array();
  const PolicyReplay& first = replays.front();
  std::string text = std::to_string(first.result.cards) + " cards shown to " + std::to_string(first.result.people) +
                     " people count, liked " + rate_text(first.result.logged, first.result.logged_interval);
  if (first.left_out.sum() > 0) {
    text += "\nleft out";
    const Json reasons = left_out_json(first.left_out);
    for (const auto& [reason, count] : reasons.items())
      if (count != 0) text += ", " + reason + " " + std::to_string(count.get<std::int64_t>());
  }
  for (const PolicyReplay& replay : replays) {
    list.push_back(replay_json(replay));
    text += replay_text(replay);
  }
  globals.print({{"policies", std::move(list)}}, text);
}

}  // namespace

void add_replay(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("replay", "What other policies would have been worth, from the log of shown cards");
  auto flags = std::make_shared<ReplayFlags>();
  verb->add_option("--policy", flags->policies, "Which; may be given several times")->required();
  verb->add_option("--since", flags->since, "Only cards shown from this day on (2026-11-30, UTC)");
  verb->callback([&globals, flags] { run_replay(globals, *flags); });
}

}  // namespace ootd
