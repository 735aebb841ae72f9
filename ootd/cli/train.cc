#include <cstdio>

#include "ootd/base/memory.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/run_flags.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/training.h"

namespace ootd {
namespace {

void run_train(Globals& globals, const RunFlags& flags) {
  keep_all_freed_memory();
  const TrainConfig config = read_train_config(flags.config);
  Workspace workspace(globals.place());
  const auto folder = flags.folder(globals.home, config.name);
  ShownStage stage(!globals.json);
  TrainEvents events{.on_alarm = [&](const Alarm& alarm) {
    stage.end_line();
    std::cerr << (alarm.level == AlarmLevel::kCritical ? "ALARM, " : "warning, ") << to_string(alarm.kind) << ": "
              << alarm.text << "\n";
  }};
  if (!globals.json)
    events.on_epoch = [&](const EpochReport& report) {
      stage.end_line();
      char line[120];
      std::snprintf(line, sizeof line, "epoch %d: validation mAP %.4f, R@1 %.4f by %s%s\n", report.epoch, report.map,
                    report.recall_at_1, config.select.c_str(), report.best ? ", the best so far" : "");
      std::cerr << line;
    };
  const TrainingReport done = train_in_workspace(workspace, config, folder, flags.resume, events, stage.progress());
  stage.end_line();
  const TrainOutcome& outcome = done.outcome;
  for (const auto& problem : outcome.broken) std::cerr << "  seen as gray: " << problem << "\n";
  char text[200];
  std::snprintf(text, sizeof text, "%lld steps in %.1f s; best epoch %d: validation mAP %.4f, R@1 %.4f",
                static_cast<long long>(outcome.steps), outcome.seconds, outcome.best_epoch.epoch,
                outcome.best_epoch.map, outcome.best_epoch.recall_at_1);
  Json told = Json::array();
  for (const Alarm& alarm : done.alarms)
    told.push_back({{"kind", to_string(alarm.kind)}, {"level", to_string(alarm.level)}, {"text", alarm.text}});
  const std::string checkpoint = outcome.best.folder.string(), report = done.page.string();
  globals.print({{"checkpoint", checkpoint},
                 {"model", outcome.best.id},
                 {"best",
                  {{"metric", "map"},
                   {"value", outcome.best_epoch.map},
                   {"recall_at_1", outcome.best_epoch.recall_at_1},
                   {"step", outcome.best_epoch.epoch}}},
                 {"seconds", outcome.seconds},
                 {"steps", outcome.steps},
                 {"alarms", told},
                 {"run", folder.string()},
                 {"report", report}},
                text + ("\n" + checkpoint + "\n" + report + "\nNext: ootd embed --model " + checkpoint));
}

}  // namespace

void add_train(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("train", "Teach an encoder the workspace's labels, as a TOML file says");
  const auto flags = add_run_flags(*verb);
  verb->callback([&globals, flags] { run_train(globals, *flags); });
}

}  // namespace ootd
