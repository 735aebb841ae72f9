#include "ootd/workspace/cropping.h"

#include "ootd/cli/next_step.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"

namespace ootd {
namespace {

void run_crop(Globals& globals, const CropRequest& request, bool strict) {
  Workspace workspace(globals.place());
  const CropReport report =
      run_stage(!globals.json, [&](const Progress& progress) { return crop_workspace(workspace, request, progress); });
  const auto& failures = report.failures;
  if (!globals.json) print_failures(failures);
  std::string refusals;
  for (const auto& [reason, count] : report.rejected)
    refusals += (refusals.empty() ? " (" : ", ") + reason + " " + std::to_string(count);
  const auto whole = report.images - report.cropped - static_cast<std::int64_t>(failures.size());
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.1f images/s", report.images_per_s);
  globals.print({{"images", report.images},
                 {"cropped", report.cropped},
                 {"rejected", report.rejected},
                 {"images_per_s", report.images_per_s},
                 {"failed", failures.size()},
                 {"failures", failures_json(failures)},
                 {"origin", report.origin}},
                std::to_string(report.cropped) + " of " + std::to_string(report.images) + " photos cropped, " +
                    std::to_string(whole) + " stay whole" + refusals + (refusals.empty() ? "" : ")") + ", " +
                    std::to_string(failures.size()) + " failed, " + rate + next_step(workspace, Stage::kCrops));
  const bool nothing_done = !failures.empty() && static_cast<std::int64_t>(failures.size()) == report.images;
  if (nothing_done || (strict && !failures.empty())) globals.exit_code = 1;
}

}  // namespace

void add_crop(CLI::App& app, Globals& globals) {
  auto* verb =
      app.add_subcommand("crop", "Find the garments on every photo, and the main person, whom `ootd embed` sees");
  auto request = std::make_shared<CropRequest>();
  auto strict = std::make_shared<bool>(false);
  verb->add_option("--model", request->finder.detector,
                   "A detector (default: the one in use, at first " + std::string(kDefaultDetector) + ")");
  verb->add_option("--rule", request->finder.rule_file,
                   "JSON with the whole-person rule's settings (default: the rule in use; see docs/crops.md)");
  verb->add_option("--overlay", request->overlay, "A folder for pictures of what was found, one a photo");
  verb->add_flag("--redo", request->redo, "Look at all photos again");
  verb->add_option("--threads", request->finder.session.threads, "0 = all cores")->capture_default_str();
  verb->add_flag("--strict", *strict, "Exit 1 if a single photo failed");
  verb->callback([&globals, request, strict] { run_crop(globals, *request, *strict); });
}

}  // namespace ootd
