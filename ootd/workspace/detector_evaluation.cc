#include "ootd/workspace/detector_evaluation.h"

#include <algorithm>
#include <map>

#include "ootd/base/error.h"
#include "ootd/detect/detect_files.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/look_jobs.h"

namespace ootd {
namespace {

constexpr char kEvalStage[] = "eval-detector";

bool is_known(const Garment& garment) {
  return garment.category == kPersonCategory ||
         std::ranges::find(kGarmentCategories, garment.category) != kGarmentCategories.end();
}

// The photos that have boxes of a known category.
std::map<LookKey, std::vector<Garment>> labels_of(const Catalog& catalog, std::span<const LookKey> looks,
                                                  const std::string& origin) {
  std::map<LookKey, std::vector<Garment>> labels;
  for (const LookKey look : looks) {
    std::vector<Garment> garments = catalog.garments(look, origin);
    if (std::ranges::any_of(garments, is_known)) labels.emplace(look, std::move(garments));
  }
  return labels;
}

}  // namespace

DetectedPhotos detect_labelled(const Workspace& workspace, const OutfitFinder& finder,
                               const DetectorEvalRequest& request, const Progress& progress) {
  const Catalog& catalog = workspace.catalog();
  std::vector<LookKey> looks;
  for (const auto& [look, split] : catalog.labels_of(kSplitKey))
    if (split == request.split) looks.push_back(look);
  const bool has_split = !looks.empty();
  if (!has_split) looks = catalog.all_keys();
  auto labels = labels_of(catalog, looks, request.origin);
  const std::string of_split = std::string(kSplitKey) + "=" + request.split;
  DetectedPhotos result;
  result.protocol = has_split ? of_split : "every labelled photo (none has " + of_split + ")";
  if (labels.empty())
    throw Error(Kind::kNotFound, workspace.home().string() + ": no photo of " + result.protocol +
                                     " has boxes of origin \"" + request.origin +
                                     "\" and category outer, bottom, dress, top or person; `ootd import` reads them "
                                     "from an annotations.json in COCO form");
  std::vector<LookKey> labelled;
  for (const auto& [look, garments] : labels) labelled.push_back(look);
  std::map<LookKey, LabelledPhoto> photos;
  const auto total = static_cast<std::int64_t>(labelled.size());
  std::int64_t done = 0;
  progress.update(kEvalStage, done, total);
  detect_files(
      finder,
      jobs_of_looks<PhotoJob>(
          labelled,
          [&](LookKey look) -> std::optional<PhotoJob> {
            const auto file = catalog.file_of(look);
            if (!file) return std::nullopt;
            return PhotoJob{look, workspace.home() / *file};
          },
          progress.stop),
      [&](PhotoResult seen) {
        if (!seen.problem.empty())
          result.failures.push_back({kEvalStage, seen.job.file.string(), seen.problem});
        else
          photos[seen.job.look] = {seen.photo.width, seen.photo.height, std::move(labels.at(seen.job.look)),
                                   std::move(seen.photo.found)};
        progress.update(kEvalStage, ++done, total);
      },
      {}, photo_limits(catalog));
  progress.check("stopped; nothing was written");
  for (auto& [row, photo] : photos) result.photos.push_back(std::move(photo));
  return result;
}

}  // namespace ootd
