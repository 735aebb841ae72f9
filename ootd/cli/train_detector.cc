// `ootd train-detector`: labelled boxes of the workspace -> our garment detector.
#include <cstdio>

#include "ootd/base/memory.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/run_flags.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/training.h"

namespace ootd {
namespace {

Json json_of(const DetectorEpoch& epoch) {
  return {{"metric", "ap"},
          {"value", epoch.ap},
          {"ap50", epoch.ap50},
          {"person_iou", epoch.person_iou},
          {"step", epoch.epoch}};
}

std::string words_of(const DetectorEpoch& epoch) {
  char text[120];
  std::snprintf(text, sizeof text, "validation AP50 %.3f, AP50:95 %.3f, person IoU %.3f", epoch.ap50, epoch.ap,
                epoch.person_iou);
  return text;
}

void run_train_detector(Globals& globals, const RunFlags& flags) {
  keep_all_freed_memory();
  const DetectorTrainConfig config = read_detector_train_config(flags.config);
  Workspace workspace(globals.place());
  const auto folder = flags.folder(globals.home, config.name);
  ShownStage stage(!globals.json);
  DetectorTrainEvents events;
  if (!globals.json)
    events.on_epoch = [&](const DetectorEpoch& epoch) {
      stage.end_line();
      std::fprintf(stderr, "epoch %d: %s%s\n", epoch.epoch, words_of(epoch).c_str(),
                   epoch.best ? ", the best so far" : "");
    };
  const DetectorTrainingReport done =
      train_detector_in_workspace(workspace, config, folder, flags.resume, events, stage.progress());
  stage.end_line();
  const DetectorTrainOutcome& outcome = done.outcome;
  for (const auto& problem : outcome.broken) std::fprintf(stderr, "  not learnt from: %s\n", problem.c_str());
  char text[120];
  std::snprintf(text, sizeof text, "%lld steps in %.1f s; best epoch %d: ", static_cast<long long>(outcome.steps),
                outcome.seconds, outcome.best_epoch.epoch);
  const std::string checkpoint = outcome.best.folder.string();
  globals.print({{"checkpoint", checkpoint},
                 {"model", outcome.best.id},
                 {"best", json_of(outcome.best_epoch)},
                 {"training_photos", done.training_photos},
                 {"validation_photos", done.validation_photos},
                 {"seconds", outcome.seconds},
                 {"steps", outcome.steps},
                 {"run", folder.string()}},
                text + words_of(outcome.best_epoch) + "\n" + checkpoint + "\nNext: ootd crop --model " + checkpoint);
}

}  // namespace

void add_train_detector(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("train-detector", "Teach our garment detector the boxes that came with the photos");
  const auto flags = add_run_flags(*verb);
  verb->callback([&globals, flags] { run_train_detector(globals, *flags); });
}

}  // namespace ootd
