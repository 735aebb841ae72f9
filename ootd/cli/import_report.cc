#include "ootd/cli/import_report.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "ootd/cli/printing.h"

namespace ootd {
namespace {

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

}  // namespace

Json import_json(const ImportReport& report) {
  const ListingNotes& notes = report.notes;
  return {{"added", report.added},
          {"skipped", report.skipped},
          {"failed", report.failed},
          {"failures", failures_json(report.failures)},
          {"copies", report.copies},
          {"relabelled", report.relabelled},
          {"kept_out", report.kept_out},
          {"left_out", counts_json(notes.left_out)},
          {"guessed_encodings", counts_json(notes.guessed_encodings)},
          {"boxes", counts_json(notes.boxes)},
          {"unknown_categories", counts_json(notes.unknown_categories)},
          {"ignored_columns", counts_json(notes.ignored_columns)}};
}

std::string import_text(const ImportReport& report) {
  std::string text = std::to_string(report.added) + " added, " + std::to_string(report.skipped) + " known already, " +
                     std::to_string(report.failed) + " failed";
  std::int64_t left_out = 0;
  for (const auto& [kind, tally] : report.notes.left_out) left_out += tally.count;
  if (left_out > 0)
    text +=
        ", " + std::to_string(left_out) + " that are no photos left out (" + counts_text(report.notes.left_out) + ")";
  return text;
}

void print_import_notes(const ImportReport& report) {
  const ListingNotes& notes = report.notes;
  if (report.copies > 0) std::cerr << "Added, but copies of photos that are here already: " << report.copies << "\n";
  if (report.relabelled > 0)
    std::cerr << "Known photos that lost labels, which their source says no more: " << report.relabelled << "\n";
  if (report.kept_out > 0)
    std::cerr << "Removed here before, and kept out: " << report.kept_out << " (--restore-removed brings them back)\n";
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

}  // namespace ootd
