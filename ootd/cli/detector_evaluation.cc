#include "ootd/cli/detector_evaluation.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include "ootd/base/error.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/row_jobs.h"
#include "ootd/detect/detect_files.h"

namespace ootd {
namespace {

constexpr char kEvalStage[] = "eval-detector";
constexpr std::array<std::string_view, kBoxSizeCount> kSizeNames = {"all", "small", "medium", "large"};

bool is_known(const Garment& garment) {
  return garment.category == kPersonCategory ||
         std::ranges::find(kGarmentCategories, garment.category) != kGarmentCategories.end();
}

// The photos that have boxes of a known category.
std::map<Row, std::vector<Garment>> labels_of(const Catalog& catalog, const Bitmap& rows, const std::string& origin) {
  std::map<Row, std::vector<Garment>> labels;
  rows.for_each([&](Row row) {
    std::vector<Garment> garments = catalog.garments(row, origin);
    if (std::ranges::any_of(garments, is_known)) labels.emplace(row, std::move(garments));
  });
  return labels;
}

// A name in JSON: 0.8 as "0.8".
std::string number_name(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

std::string refusal_name(std::size_t refusal) {
  const auto name = to_string(static_cast<Refusal>(refusal));
  return name.empty() ? "crop" : std::string(name);
}

void put(Json& json, const std::string& name, const std::optional<Estimate>& estimate) {
  json[name] = estimate ? Json(estimate->value) : Json();
  json[name + "_ci"] = estimate ? Json{estimate->interval.low, estimate->interval.high} : Json();
}

Json figures_json(const DetectionFigures& figures) {
  Json json;
  put(json, "ap50", figures.ap50);
  put(json, "ap", figures.ap);
  put(json, "ar", figures.ar);
  for (std::size_t size = kSmallBox; size < kBoxSizeCount; ++size) {
    const auto& value = figures.ap_by_size[size];
    json["ap_" + std::string(kSizeNames[size])] = value ? Json(*value) : Json();
  }
  return json;
}

Json ious_json(const IouSummary& ious) {
  Json json = {{"n", ious.n}};
  if (ious.n == 0) return json;
  put(json, "mean", ious.mean);
  for (std::size_t m = 0; m < IouSummary::kMarks.size(); ++m)
    put(json["at_least"], number_name(IouSummary::kMarks[m]), ious.shares[m]);
  for (std::size_t q = 0; q < IouSummary::kQuantiles.size(); ++q)
    json["quantiles"][number_name(IouSummary::kQuantiles[q])] = ious.quantiles[q];
  return json;
}

// " .8123 [ .7500,  .8600]", or a dash
void write_estimate(std::ostream& out, const Json& json, const std::string& name) {
  if (json.at(name).is_null()) {
    out << std::setw(26) << "-";
    return;
  }
  const Json& ci = json.at(name + "_ci");
  out << std::setw(8) << json.at(name).get<double>() << " [" << std::setw(6) << ci[0].get<double>() << ", "
      << std::setw(6) << ci[1].get<double>() << "]";
}

void write_number(std::ostream& out, const Json& value, int width) {
  out << std::setw(width);
  if (value.is_null())
    out << "-";
  else
    out << value.get<double>();
}

void write_ious(std::ostream& out, const std::string& title, const Json& ious) {
  out << "\n" << title << ", " << ious.at("n").get<int>() << " photos";
  if (!ious.contains("mean")) return;
  out << "\n  quantiles";
  for (const auto& [share, value] : ious.at("quantiles").items()) out << "  " << share << ": " << value.get<double>();
  for (const double mark : IouSummary::kMarks) {
    out << "\n  IoU >= " << std::setprecision(1) << mark << std::setprecision(4);
    write_estimate(out, ious.at("at_least"), number_name(mark));
  }
}

}  // namespace

DetectedPhotos detect_labelled(const Workspace& workspace, const OutfitFinder& finder,
                               const DetectorEvalRequest& request) {
  const Catalog& catalog = workspace.catalog();
  Bitmap rows = catalog.rows_with_label(kSplitKey, request.split);
  const bool has_split = rows.count() > 0;
  if (!has_split) rows = catalog.all_rows();
  auto labels = labels_of(catalog, rows, request.origin);
  const std::string of_split = std::string(kSplitKey) + "=" + request.split;
  DetectedPhotos result;
  result.protocol = has_split ? of_split : "every labelled photo (none has " + of_split + ")";
  if (labels.empty())
    throw Error(Kind::kNotFound, workspace.home().string() + ": no photo of " + result.protocol +
                                     " has boxes of origin \"" + request.origin +
                                     "\" and category outer, bottom, dress, top or person; `ootd import` reads them "
                                     "from an annotations.json in COCO form");
  std::vector<Row> labelled;
  for (const auto& [row, garments] : labels) labelled.push_back(row);
  std::optional<Progress> progress;
  if (request.show_progress) progress.emplace(kEvalStage);
  std::map<Row, LabelledPhoto> photos;
  std::int64_t done = 0;
  detect_files(finder,
               jobs_of_rows<PhotoJob>(labelled,
                                      [&](Row row) -> std::optional<PhotoJob> {
                                        const auto file = catalog.file_of(row);
                                        if (!file) return std::nullopt;
                                        return PhotoJob{row, workspace.home() / *file};
                                      }),
               [&](PhotoResult seen) {
                 if (!seen.problem.empty())
                   result.failures.push_back({kEvalStage, seen.job.file.string(), seen.problem});
                 else
                   photos[seen.job.row] = {seen.photo.width, seen.photo.height, std::move(labels.at(seen.job.row)),
                                           std::move(seen.photo.found)};
                 if (progress) progress->update(++done, static_cast<std::int64_t>(labelled.size()));
               });
  for (auto& [row, photo] : photos) result.photos.push_back(std::move(photo));
  return result;
}

Json detector_scores_json(const DetectorScores& scores) {
  Json json = {{"per_class", Json::object()}, {"refusals", Json::object()}};
  for (std::size_t c = 0; c < scores.classes.size(); ++c) {
    const auto& [figures, seen] = scores.classes[c];
    Json row = figures_json(figures);
    row["boxes"] = figures.labelled;
    row["photos"] = figures.photos;
    row["precision"] = seen ? Json(seen->precision) : Json();
    row["recall"] = seen ? Json(seen->recall) : Json();
    json["per_class"][std::string(c < kGarmentCategories.size() ? kGarmentCategories[c] : kPersonCategory)] = row;
  }
  json["macro"] = figures_json(scores.garments);
  json["person_iou"] = ious_json(scores.person);
  json["crop_iou"] = ious_json(scores.crop);
  for (std::size_t expected = 0; expected < scores.refusals.counts.size(); ++expected)
    for (std::size_t found = 0; found < scores.refusals.counts.size(); ++found)
      if (const auto n = scores.refusals.counts[expected][found]; n > 0)
        json["refusals"][refusal_name(expected)][refusal_name(found)] = n;
  return json;
}

std::string detector_scores_text(const Json& json) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(4) << "class    boxes photos    AP50 [95 %]               AP50:95 [95 %]"
      << "                AR   seen by the rule: precision, recall\n";
  const auto write_row = [&](const std::string& name, const Json& row) {
    out << std::left << std::setw(8) << name << std::right;
    for (const char* count : {"boxes", "photos"})
      out << std::setw(6) << (row.contains(count) ? std::to_string(row.at(count).get<int>()) : "");
    for (const char* measure : {"ap50", "ap"}) write_estimate(out, row, measure);
    write_number(out, row.at("ar"), 9);
    if (row.contains("precision"))
      for (const char* measure : {"precision", "recall"}) write_number(out, row.at(measure), 9);
    out << "\n";
  };
  const Json& classes = json.at("per_class");
  for (const std::string_view name : kGarmentCategories) write_row(std::string(name), classes.at(std::string(name)));
  write_row("mean", json.at("macro"));
  write_row(std::string(kPersonCategory), classes.at(std::string(kPersonCategory)));
  write_ious(out, "Main person's box against the labelled one", json.at("person_iou"));
  write_ious(out, "Crop against the labels' crop", json.at("crop_iou"));
  out << "\nWhat the rule says of the labels -> of the detections";
  for (const auto& [expected, row] : json.at("refusals").items()) {
    out << "\n  " << std::left << std::setw(16) << expected << "->";
    for (const auto& [found, n] : row.items()) out << " " << found << " " << n.get<int>();
  }
  return out.str();
}

}  // namespace ootd
