#include "ootd/cli/detector_report.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/cropping.h"
#include "ootd/workspace/detector_evaluation.h"

namespace ootd {
namespace {

struct EvalDetectorFlags {
  DetectorEvalRequest request;
  BootstrapOptions bootstrap;
  FinderChoice finder;
};

void run_eval_detector(Globals& globals, const EvalDetectorFlags& flags) {
  const Workspace workspace(globals.place());
  std::unique_ptr<OutfitFinder> finder;
  const DetectedPhotos seen = run_stage(!globals.json, [&](const Progress& progress) {
    finder = make_outfit_finder(workspace.home(), &workspace, flags.finder);  // its threads leave signals alone, too
    return detect_labelled(workspace, *finder, flags.request, progress);
  });

  Json document = detector_scores_json(score_detector(seen.photos, finder->rule(), flags.bootstrap));
  document["model"] = finder->detector().model().id;
  document["n"] = seen.photos.size();
  document["protocol"] = seen.protocol;
  document["labels_origin"] = flags.request.origin;
  document["rule"] = to_json(finder->rule());
  document["failed"] = seen.failures.size();
  document["failures"] = failures_json(seen.failures);
  if (!globals.json) print_failures(seen.failures);
  globals.print(document, finder->detector().model().id + ", " + std::to_string(seen.photos.size()) + " photos, " +
                              seen.protocol + ", boxes of origin \"" + flags.request.origin + "\"\n" +
                              detector_scores_text(document));
  if (seen.photos.empty()) globals.exit_code = 1;
}

}  // namespace

void add_eval_detector(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("eval-detector", "How near a detector's boxes come to the labelled ones");
  auto flags = std::make_shared<EvalDetectorFlags>();
  flags->finder.min_score = kScoredFrom;
  verb->add_option(
      "--model", flags->finder.detector,
      "A detector (default: the workspace's, if there is one, else " + std::string(kDefaultDetector) + ")");
  verb->add_option("--split", flags->request.split, "Photos with this split label")->capture_default_str();
  verb->add_option("--labels-origin", flags->request.origin,
                   "Whose boxes are the truth: label (from annotations.json), or a detector's id")
      ->capture_default_str();
  verb->add_option("--rule", flags->finder.rule_file, "JSON with the whole-person rule's settings (docs/crops.md)");
  verb->add_option("--draws", flags->bootstrap.draws, "Resamples of the photos behind the 95 % intervals")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--seed", flags->bootstrap.seed, "Of the resamples")->capture_default_str();
  verb->callback([&globals, flags] { run_eval_detector(globals, *flags); });
}

}  // namespace ootd
