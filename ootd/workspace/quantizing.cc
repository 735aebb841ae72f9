#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/cli/models.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/workspace.h"
#include "ootd/image/preprocess.h"
#include "ootd/infer/calibrate.h"

namespace ootd {
namespace {

struct QuantizeFlags {
  std::string model;
  int photos = 400;
};

struct Pictures {
  std::vector<std::vector<std::uint8_t>> pixels;
  std::string sha256;  // over the ids of the photos, one a line
};

// Photos by id: ids are hashes of the content, so the smallest are a fair draw, and the same one another time.
Pictures draw_photos(Workspace& workspace, const InputSpec& input, int count, bool show_progress) {
  std::vector<ImageRecord> images;
  for (Row after = 0;;) {
    const auto page = workspace.catalog().images_after(after, 10'000);
    if (page.empty()) break;
    after = page.back().row;
    images.insert(images.end(), page.begin(), page.end());
  }
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  Pictures drawn;
  std::string ids;
  std::optional<Progress> progress;
  if (show_progress) progress.emplace("photos");
  for (const auto& image : images) {
    if (drawn.pixels.size() == static_cast<std::size_t>(count)) break;
    const auto file = workspace.file_of(image);
    try {
      const auto crop = workspace.catalog().crop(image.row);  // what `ootd embed` will see
      const auto seen = crop ? crop->box : std::nullopt;
      drawn.pixels.push_back(fit_to(decode_for(read_file(file), file.string(), input, {}, seen), input).rgb);
    } catch (const Error& error) {  // a photo that is gone or damaged: the next takes its place
      if (error.kind() == Kind::kInternal) throw;
      continue;
    }
    ids += image.id + "\n";
    if (progress) progress->update(static_cast<std::int64_t>(drawn.pixels.size()), count);
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

void run_quantize(Globals& globals, const QuantizeFlags& flags) {
  Workspace workspace(globals.home);
  const Model model = flags.model.empty() ? workspace.need_model() : workspace.find_model(flags.model);
  const Pictures photos = draw_photos(workspace, model.config.input, flags.photos, !globals.json);
  CalibrationOptions options;
  options.notice = [](const std::string& text) { std::cerr << text << std::endl; };
  Quantization quantization = calibrate(model, photos.pixels, options);
  quantization.photos_sha256 = photos.sha256;
  if (quantization.cosine_mean < kMinCosine)
    throw Error(Kind::kUnavailable, model.id + " does not bear int8: the mean cosine to its f32 vectors is only " +
                                        std::to_string(quantization.cosine_mean) + "; nothing was written");
  const auto file = writable_folder(workspace, model) / quantization_file(model).filename();
  write_quantization(quantization, file);
  Json document = to_json(quantization);
  document["name"] = model.config.name;
  document["file"] = file.string();
  char text[256];
  std::snprintf(text, sizeof text,
                "%zu layers static int8, %zu not; cosine to f32 %.5f mean, %.5f min; images/s: f32 %.1f, bf16 %.1f, "
                "int8 %.1f\n",
                quantization.ranges.size(), quantization.kept.size(), quantization.cosine_mean, quantization.cosine_min,
                quantization.f32_images_per_s, quantization.bf16_images_per_s, quantization.int8_images_per_s);
  globals.print(document, text + file.string());
}

}  // namespace

void add_models_quantize(CLI::App& models, Globals& globals) {
  auto* verb = models.add_subcommand(
      "quantize", "Calibrate a model on the workspace's photos, so that it can run with --precision int8");
  auto flags = std::make_shared<QuantizeFlags>();
  verb->add_option("MODEL", flags->model, "A model (default: the one in use)");
  verb->add_option("--photos", flags->photos, "Photos to calibrate on; half of them check the result")
      ->capture_default_str()
      ->check(CLI::Range(static_cast<int>(kMinCalibrationPictures), 5000));
  verb->callback([&globals, flags] { run_quantize(globals, *flags); });
}

}  // namespace ootd
