#include "ootd/ingest/import.h"

#include "ootd/base/error.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"

namespace ootd {
namespace {

struct ImportFlags {
  std::vector<std::filesystem::path> paths;
  std::vector<std::string> labels;
  ImportOptions options;
  double max_megapixels = static_cast<double>(ImportOptions{}.limits.max_pixels) / 1e6;
  bool strict = false;
};

constexpr std::size_t kShownPhotos = 20;

void run_import(Globals& globals, ImportFlags& flags) {
  for (const auto& text : flags.labels) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      throw CLI::ValidationError("--label", "wants KEY=VALUE, not \"" + text + "\"");
    flags.options.extra_labels.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  flags.options.limits.max_pixels = static_cast<std::int64_t>(flags.max_megapixels * 1e6);
  Workspace workspace(globals.home, /*create=*/true);
  ImportReport report;
  {
    Progress progress("import");
    report = import_paths(workspace.catalog(), flags.paths, flags.options,
                          [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  }
  Json failures = Json::array();
  for (const auto& failure : report.failures) failures.push_back({{"item", failure.item}, {"reason", failure.reason}});
  for (std::size_t i = 0; !globals.json && i < report.failures.size() && i < kShownPhotos; ++i)
    std::cerr << "  failed: " << report.failures[i].item << ": " << report.failures[i].reason << "\n";
  if (!globals.json && report.failures.size() > kShownPhotos)
    std::cerr << "  ... and " << report.failures.size() - kShownPhotos << " more (--json lists all)\n";
  globals.print(
      {{"added", report.added}, {"skipped", report.skipped}, {"failed", report.failed}, {"failures", failures}},
      std::to_string(report.added) + " added, " + std::to_string(report.skipped) + " known already, " +
          std::to_string(report.failed) + " failed. Next: ootd embed");
  const bool nothing_done = report.added + report.skipped == 0;
  if (nothing_done && report.failed == 0) std::cerr << "ootd: no photos found (jpg, png, webp, gif, avif)\n";
  if (nothing_done || (flags.strict && report.failed > 0)) globals.exit_code = 1;
}

}  // namespace

void add_import(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("import",
                                  "Bring local photos into the workspace: folders (a folder's name is the style), "
                                  "COCO annotations.json, CSV, JSONL, Parquet, single files");
  auto flags = std::make_shared<ImportFlags>();
  verb->add_option("PATH", flags->paths, "Folders and files")->required();
  verb->add_option("--label-key", flags->options.label_key, "The label that a folder's name gives")
      ->capture_default_str();
  verb->add_option("--label", flags->labels, "KEY=VALUE given to every photo; may be repeated");
  verb->add_option("--max-megapixels", flags->max_megapixels, "Larger photos are refused")->capture_default_str();
  verb->add_option("--threads", flags->options.threads, "0 = all cores")->capture_default_str();
  verb->add_flag("--strict", flags->strict, "Exit 1 if a single photo failed");
  verb->callback([&globals, flags] { run_import(globals, *flags); });
}

}  // namespace ootd
