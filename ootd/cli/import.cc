#include "ootd/workspace/importing.h"

#include <algorithm>
#include <iostream>
#include <optional>

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

Json counts_json(const Tallies& tallies) {
  Json counts = Json::object();
  for (const auto& [kind, tally] : tallies) counts[kind] = tally.count;
  return counts;
}

// ".tif: 2, result.json: 1", the most frequent first.
std::string counts_text(const Tallies& tallies) {
  constexpr std::size_t kShown = 12;
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (const auto& [kind, tally] : tallies) counts.emplace_back(kind, tally.count);
  std::ranges::stable_sort(counts, std::ranges::greater{}, &std::pair<std::string, std::int64_t>::second);
  std::string text;
  for (std::size_t i = 0; i < std::min(counts.size(), kShown); ++i)
    text += (i == 0 ? "" : ", ") + counts[i].first + ": " + std::to_string(counts[i].second);
  if (counts.size() > kShown) text += " and " + std::to_string(counts.size() - kShown) + " more kinds";
  return text;
}

// What became of boxes, in words.
std::string box_text(const std::string& what) {
  if (what == "turned") return "turned with the photo: drawn on the bitmap as its file holds it";
  if (what == "scaled") return "scaled from another size of the photo";
  if (what == "clipped") return "clipped at the photo's border";
  if (what == "outside") return "left out: outside the photo";
  if (what == "other_shape") return "left out: the file gives the photo another shape than it has";
  if (what == "crowd") return "left out: of crowds (iscrowd)";
  if (what == "orphan") return "left out: of a photo or category that the file does not list";
  if (what == "ambiguous_id") return "left out: two photos have the id that they name";
  if (what == "too_small") return "left out: smaller than a pixel";
  return "left out: cannot be read as a box";
}

void print_notes(const ImportReport& report) {
  const ListingNotes& notes = report.notes;
  if (report.copies > 0) std::cerr << report.copies << " of those added are copies of photos that are here already\n";
  if (report.relabelled > 0)
    std::cerr << report.relabelled << " known photos lost labels, which their source says no more\n";
  if (report.kept_out > 0)
    std::cerr << report.kept_out << " were removed here before and stay away (--restore-removed brings them back)\n";
  if (!notes.left_out.empty()) std::cerr << "Left out, no photos: " << counts_text(notes.left_out) << "\n";
  for (const auto& [code_page, tally] : notes.guessed_encodings)
    std::cerr << tally.count << (tally.count == 1 ? " file is" : " files are") << " no UTF-8 and read as " << code_page
              << " (first: " << tally.first << ")\n";
  for (const auto& [what, tally] : notes.boxes)
    std::cerr << tally.count << (tally.count == 1 ? " box " : " boxes ") << box_text(what) << " (first: " << tally.first
              << ")\n";
  if (!notes.unknown_categories.empty())
    std::cerr << "Boxes left out, their categories are no garments known here: "
              << counts_text(notes.unknown_categories) << "\n";
  if (!notes.ignored_columns.empty())
    std::cerr << "Columns left out, which the program sets itself or which hold no plain values (rows): "
              << counts_text(notes.ignored_columns) << "\n";
}

void run_import(Globals& globals, ImportFlags& flags) {
  for (const auto& text : flags.labels) {
    auto [key, value] = key_and_value("--label", text);
    flags.request.options.extra_labels.push_back({std::move(key), std::move(value)});
  }
  if (flags.max_megapixels) flags.request.max_pixels = static_cast<std::int64_t>(*flags.max_megapixels * 1e6);
  const ImportReport report = run_stage(/*shown=*/true, [&](const Progress& progress) {
    return import_photos(globals.place(), flags.paths, flags.request, progress);
  });
  if (!globals.json) {
    print_failures(report.failures, kShownFailures);
    print_notes(report);
  }
  const bool nothing_done = report.added + report.skipped == 0;
  globals.print({{"added", report.added},
                 {"skipped", report.skipped},
                 {"failed", report.failed},
                 {"copies", report.copies},
                 {"relabelled", report.relabelled},
                 {"failures", failures_json(report.failures)},
                 {"kept_out", report.kept_out},
                 {"left_out", counts_json(report.notes.left_out)},
                 {"guessed_encodings", counts_json(report.notes.guessed_encodings)},
                 {"boxes", counts_json(report.notes.boxes)},
                 {"unknown_categories", counts_json(report.notes.unknown_categories)},
                 {"ignored_columns", counts_json(report.notes.ignored_columns)}},
                std::to_string(report.added) + " added, " + std::to_string(report.skipped) + " known already, " +
                    std::to_string(report.failed) + " failed" +
                    (nothing_done ? "" : next_step(Workspace(globals.place()), Stage::kPhotos)));
  if (nothing_done)
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
  verb->add_option("--label", flags->labels, "KEY=VALUE given to every photo; may be repeated");
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
