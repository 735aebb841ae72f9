#include "ootd/workspace/cropping.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/detect/overlay.h"
#include "ootd/image/encode.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/look_jobs.h"

namespace ootd {
namespace {

constexpr char kCropStage[] = "crop";
constexpr std::size_t kCropsAtOnce = 64;  // some seconds of detection

// The stored file's name is the image's id.
std::filesystem::path overlay_of(const std::filesystem::path& folder, const std::filesystem::path& photo) {
  return folder / (photo.stem().string() + ".jpg");
}

std::vector<LookKey> looks_to_look_at(const Workspace& workspace, const std::string& origin,
                                      const CropRequest& request) {
  const Catalog& catalog = workspace.catalog();
  std::vector<LookKey> lacking, looks;
  for (;;) {
    const auto page = catalog.looks_without_crop(origin, lacking.empty() ? LookKey{} : lacking.back(), 10'000);
    if (page.empty()) break;
    lacking.insert(lacking.end(), page.begin(), page.end());
  }
  if (!request.redo && request.overlay.empty()) return lacking;
  for (const LookKey look : catalog.all_keys()) {
    const auto file = catalog.file_of(look);
    if (request.redo || std::ranges::binary_search(lacking, look) ||
        (file && !std::filesystem::exists(overlay_of(request.overlay, *file))))
      looks.push_back(look);
  }
  return looks;
}

void store(Catalog& catalog, const OutfitFinder& finder, const PhotoResult& result) {
  const auto& [width, height, found, outfit, palette] = result.photo;
  const LookKey look = result.job.look;
  const std::string reason(to_string(outfit.refusal));
  catalog.put_garments(look, finder.detector().model().id, found);
  catalog.put_crop(look, {finder.origin(), reason, outfit.crop});
  const std::string label = outfit.crop ? std::string(kPersonCategory) : reason;
  catalog.set_labels(look, kCropKey, {&label, 1});
  catalog.set_labels(look, kPaletteKey, color_words(result.photo));
  catalog.clear_failure(kCropStage, result.job.file.string());
}

}  // namespace

std::unique_ptr<OutfitFinder> make_outfit_finder(const std::filesystem::path& home, const Workspace* workspace,
                                                 const FinderChoice& choice) {
  PersonRule rule = workspace != nullptr ? workspace->person_rule() : PersonRule();
  if (!choice.rule_file.empty()) rule = parse_person_rule(read_json(choice.rule_file), choice.rule_file.string());
  std::optional<DetectorModel> model;
  if (choice.detector.empty() && workspace != nullptr) model = workspace->detector();
  try {
    if (!model) model = find_detector(home, choice.detector.empty() ? kDefaultDetector : choice.detector);
  } catch (const Error& error) {
    if (error.kind() != Kind::kNotFound) throw;
    throw Error(Kind::kNotFound, std::string(error.what()) +
                                     "; name a detector's folder with --model (docs/detectors.md lists what works)");
  }
  if (choice.min_score) {
    rule.min_score = std::max(rule.min_score, model->config.min_score);
    model->config.min_score = *choice.min_score;
  }
  return std::make_unique<OutfitFinder>(*std::move(model), rule, choice.session);
}

CropReport crop_workspace(Workspace& workspace, const CropRequest& request, const Progress& progress) {
  Catalog& catalog = workspace.catalog();
  if (catalog.image_count() == 0)
    throw Error(Kind::kNotFound, workspace.home().string() + ": no photos yet; `ootd import PHOTOS` first");
  const auto finder = make_outfit_finder(workspace.home(), &workspace, request.finder);
  if (!request.overlay.empty()) std::filesystem::create_directories(request.overlay);
  // At once, so that a run that goes on after a kill goes on with this one.
  workspace.use_detector(finder->detector().model(), finder->rule(), finder->origin());

  CropReport report{.origin = finder->origin()};
  const DecodeLimits limits = photo_limits(catalog);
  const std::vector<LookKey> looks = looks_to_look_at(workspace, finder->origin(), request);
  const auto started = std::chrono::steady_clock::now();
  const auto total = static_cast<std::int64_t>(looks.size());
  if (total > 0) progress.update(kCropStage, 0, total);
  std::vector<PhotoResult> pending;
  const auto commit = [&] {
    Catalog::Batch batch(catalog);
    for (const auto& result : pending)
      if (catalog.file_of(result.job.look)) store(catalog, *finder, result);  // not erased meanwhile
    batch.commit();
    pending.clear();
  };
  const auto job_of = [&](LookKey look) -> std::optional<PhotoJob> {
    const auto file = catalog.file_of(look);
    if (!file) return std::nullopt;
    return PhotoJob{look, workspace.home() / *file};
  };
  const auto draw = [&](const PhotoResult& result) {
    if (!request.overlay.empty()) write_overlay(result, overlay_of(request.overlay, result.job.file), limits);
  };
  const auto done = [&](PhotoResult result) {
    ++report.images;
    if (!result.problem.empty()) {
      report.failures.push_back({kCropStage, result.job.file.string(), result.problem});
      catalog.put_failure(report.failures.back());
    } else {
      const Outfit& outfit = result.photo.outfit;
      if (outfit.crop)
        ++report.cropped;
      else
        ++report.rejected[std::string(to_string(outfit.refusal))];
      pending.push_back(std::move(result));
      if (pending.size() == kCropsAtOnce) commit();
    }
    progress.update(kCropStage, report.images, total);
  };
  detect_files(*finder, jobs_of_looks<PhotoJob>(looks, job_of, progress.stop), done, draw, limits);
  commit();
  progress.check();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  report.images_per_s = seconds > 0 ? static_cast<double>(report.images) / seconds : 0;
  return report;
}

void write_overlay(const PhotoResult& result, const std::filesystem::path& picture, const DecodeLimits& limits) {
  const PhotoOutfit& seen = result.photo;
  const double scale = static_cast<double>(kOverlaySide) / std::max({seen.width, seen.height, 1});
  const auto bytes = read_file(result.job.file, limits.max_bytes);
  const Image photo = decode_image(bytes, result.job.file.string(), limits, static_cast<int>(seen.width * scale),
                                   static_cast<int>(seen.height * scale));
  write_file_atomically(picture, encode_jpeg(draw_overlay(photo, seen)), /*durable=*/false);
}

}  // namespace ootd
