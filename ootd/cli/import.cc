#include "ootd/workspace/importing.h"

#include <optional>

#include "ootd/cli/import_report.h"
#include "ootd/cli/next_step.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct ImportFlags {
  std::vector<std::filesystem::path> paths;
  std::vector<std::string> labels;
  ImportRequest request;
  std::optional<double> max_megapixels;
  bool strict = false;
};

constexpr std::size_t kShownFailures = 20;
constexpr double kMostMegapixels = 4294;  // of a JPEG

void run_import(Globals& globals, ImportFlags& flags) {
  for (const auto& text : flags.labels) {
    auto [key, value] = key_and_value("--label", text);
    flags.request.options.extra_labels.push_back({std::move(key), std::move(value)});
  }
  if (flags.max_megapixels) flags.request.max_pixels = static_cast<std::int64_t>(*flags.max_megapixels * 1e6);
  const ImportReport report = run_stage(/*shown=*/true, [&](const Progress& progress) {
    return import_photos(globals.home, flags.paths, flags.request, progress);
  });
  if (!globals.json) {
    print_failures(report.failures, kShownFailures);
    print_import_notes(report);
  }
  const bool nothing_done = report.added + report.skipped == 0;
  globals.print(import_json(report),
                import_text(report) + (nothing_done ? "" : next_step(Workspace(globals.home), Stage::kPhotos)));
  if (nothing_done && report.kept_out == 0)
    std::cerr << "ootd: nothing to import: no readable photo (JPEG, PNG, WebP, GIF, AVIF, HEIC) was found\n";
  if (nothing_done || (flags.strict && report.failed > 0)) globals.exit_code = 1;
}

}  // namespace

void add_import(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("import",
                                  "Bring local photos into the workspace: folders (a folder's name is the style), "
                                  "COCO annotations.json, CSV, JSONL, Parquet, single files");
  auto flags = std::make_shared<ImportFlags>();
  verb->add_option("PATH", flags->paths, "Folders and files")->required();
  verb->add_option("--label-key", flags->request.options.label_key, "The label that a folder's name gives")
      ->capture_default_str();
  verb->add_option("--label", flags->labels, "KEY=VALUE given to every photo; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--max-megapixels", flags->max_megapixels,
                   "Larger photos are refused; the workspace keeps the largest that was given (default: what it kept, "
                   "at first 80)")
      ->check(CLI::Range(0.001, kMostMegapixels));
  verb->add_option("--threads", flags->request.options.threads, "0 = all cores")->capture_default_str();
  verb->add_flag("--restore-removed", flags->request.options.restore_removed,
                 "Bring back photos that `ootd images remove` took");
  verb->add_flag("--strict", flags->strict, "Exit 1 if a single photo failed");
  verb->callback([&globals, flags] { run_import(globals, *flags); });
}

}  // namespace ootd
