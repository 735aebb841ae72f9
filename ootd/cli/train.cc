#include <cstdio>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/memory.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/run_flags.h"
#include "ootd/cli/training.h"
#include "ootd/cli/verbs.h"

namespace ootd {
namespace {

void run_train(Globals& globals, const RunFlags& flags) {
  keep_all_freed_memory();
  const TrainConfig config = read_train_config(flags.config);
  Workspace workspace(globals.home);
  const auto folder = flags.folder(globals.home, config.name);
  const TrainingData data = gather_training(workspace, config, !globals.json);

  std::optional<Progress> progress;
  std::vector<Alarm> alarms;
  const auto tell = [&](const Alarm& alarm) {
    progress.reset();
    alarms.push_back(alarm);
    std::cerr << (alarm.level == AlarmLevel::kCritical ? "ALARM, " : "warning, ") << to_string(alarm.kind) << ": "
              << alarm.text << "\n";
  };
  std::ranges::for_each(data.alarms, tell);
  TrainEvents events{.on_alarm = tell};
  if (!globals.json) {
    events.on_step = [&](const StepReport& report) {
      if (!progress) progress.emplace("train", "steps", report.step);
      progress->update(report.step + 1, report.steps);
    };
    events.on_epoch = [&](const EpochReport& report) {
      progress.reset();
      char line[120];
      std::snprintf(line, sizeof line, "epoch %d: validation mAP %.4f, R@1 %.4f by %s%s\n", report.epoch, report.map,
                    report.recall_at_1, config.select.c_str(), report.best ? ", the best so far" : "");
      std::cerr << line;
    };
  }
  note_run(folder, config, data);
  const TrainOutcome outcome = train(config, data.inputs(), folder, flags.resume, events);
  progress.reset();
  for (const auto& problem : outcome.broken) std::cerr << "  seen as gray: " << problem << "\n";
  if (const auto alarm = conclude_training(workspace, folder, config, data, outcome, alarms, !globals.json))
    tell(*alarm);
  char text[200];
  std::snprintf(text, sizeof text, "%lld steps in %.1f s; best epoch %d: validation mAP %.4f, R@1 %.4f",
                static_cast<long long>(outcome.steps), outcome.seconds, outcome.best_epoch.epoch,
                outcome.best_epoch.map, outcome.best_epoch.recall_at_1);
  Json told = Json::array();
  for (const Alarm& alarm : alarms)
    told.push_back({{"kind", to_string(alarm.kind)}, {"level", to_string(alarm.level)}, {"text", alarm.text}});
  const std::string checkpoint = outcome.best.folder.string(), report = (folder / "report.html").string();
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
