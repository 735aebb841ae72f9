#include "ootd/workspace/quantizing.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/image/preprocess.h"
#include "ootd/infer/calibrate.h"
#include "ootd/ingest/photo_limits.h"

namespace ootd {
namespace {

constexpr char kNothingWritten[] = "stopped; nothing was written";

struct Pictures {
  std::vector<std::vector<std::uint8_t>> pixels;
  std::string sha256;  // over the ids of the photos, one a line
};

// Photos by id: ids are hashes of the content, so the smallest are a fair draw, and the same one another time.
Pictures draw_photos(Workspace& workspace, const InputSpec& input, int count, const Progress& progress) {
  std::vector<ImageRecord> images;
  for (LookKey after = {};;) {
    const auto page = workspace.catalog().images_after(after, 10'000);
    if (page.empty()) break;
    after = page.back().key;
    images.insert(images.end(), page.begin(), page.end());
  }
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const std::string crops = crops_in_use(workspace.catalog());
  const DecodeLimits limits = photo_limits(workspace.catalog());
  Pictures drawn;
  std::string ids;
  for (const auto& image : images) {
    if (drawn.pixels.size() == static_cast<std::size_t>(count)) break;
    progress.check(kNothingWritten);
    const auto file = workspace.file_of(image);
    try {
      const auto crop = workspace.catalog().crop(image.key, crops);  // what `ootd embed` will see
      const auto seen = crop ? crop->box : std::nullopt;
      drawn.pixels.push_back(fit_to(decode_for(read_file(file), file.string(), input, limits, seen), input).rgb);
    } catch (const Error& error) {  // a photo that is gone or damaged: the next takes its place
      if (error.kind() == Kind::kInternal) throw;
      continue;
    }
    ids += image.id + "\n";
    progress.update("photos", static_cast<std::int64_t>(drawn.pixels.size()), count);
  }
  drawn.sha256 = sha256_hex(std::as_bytes(std::span(ids)));
  return drawn;
}

// Models that come with the program may lie where nobody may write, and belong to all workspaces: the workspace gets a
// folder of the same files, which is found first. Its id is the same, since configuration and weights are.
std::filesystem::path writable_folder(const Workspace& workspace, const Model& model) {
  const auto ours = std::filesystem::weakly_canonical(program_models());
  if (std::filesystem::weakly_canonical(model.folder).parent_path() != ours) return model.folder;
  const auto copy = workspace.home() / "models" / model.config.name;
  std::filesystem::create_directories(copy);
  for (const auto& entry : std::filesystem::directory_iterator(model.folder)) {
    const auto target = copy / entry.path().filename();
    if (!std::filesystem::exists(target)) link_or_copy(entry.path(), target);
  }
  return copy;
}

}  // namespace

QuantizeReport quantize_model(Workspace& workspace, const Model& model, int photos,
                              const std::function<void(const std::string&)>& notice, const Progress& progress) {
  const Pictures drawn = draw_photos(workspace, model.config.input, photos, progress);
  CalibrationOptions options;
  options.notice = [&](const std::string& text) {
    progress.check(kNothingWritten);
    if (notice) notice(text);
  };
  QuantizeReport report{.quantization = calibrate(model, drawn.pixels, options), .file = {}};
  report.quantization.photos_sha256 = drawn.sha256;
  if (report.quantization.cosine_mean < kMinCosine)
    throw Error(Kind::kUnavailable, model.id + " does not bear int8: the mean cosine to its f32 vectors is only " +
                                        std::to_string(report.quantization.cosine_mean) + "; nothing was written");
  report.file = writable_folder(workspace, model) / quantization_file(model).filename();
  write_quantization(report.quantization, report.file);
  return report;
}

}  // namespace ootd
