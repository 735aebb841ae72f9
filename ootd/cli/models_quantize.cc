#include "ootd/cli/models.h"
#include "ootd/cli/progress.h"
#include "ootd/workspace/quantizing.h"

namespace ootd {
namespace {

struct QuantizeFlags {
  std::string model;
  int photos = 400;
};

void run_quantize(Globals& globals, const QuantizeFlags& flags) {
  Workspace workspace(globals.place());
  const Model model = flags.model.empty() ? workspace.need_model() : workspace.find_model(flags.model);
  ShownStage stage(!globals.json);
  const auto notice = [&](const std::string& text) {
    stage.end_line();
    std::cerr << text << std::endl;
  };
  const auto [quantization, file] = quantize_model(workspace, model, flags.photos, notice, stage.progress());
  stage.end_line();
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
