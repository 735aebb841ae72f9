#include "ootd/workspace/doctor.h"

#include <cmath>
#include <cstdio>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/npy.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/encoder.h"
#include "ootd/image/decode.h"
#include "ootd/infer/precision.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/embedding.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

// Each check answers with its detail, or throws: a failed check never hides the ones after it.
template <class F>
void run_check(std::vector<Check>& checks, const std::string& name, const F& check) {
  try {
    checks.push_back({name, true, check()});
  } catch (const std::exception& problem) {
    checks.push_back({name, false, problem.what()});
  }
}

[[noreturn]] void fail(const std::string& detail) { throw Error(Kind::kInput, detail); }

std::string check_disk(const std::filesystem::path& home) {
  auto folder = std::filesystem::absolute(home);
  while (!std::filesystem::exists(folder)) folder = folder.parent_path();
  const auto space = std::filesystem::space(folder);
  const std::string detail = std::to_string(space.available >> 20) + " MiB free at " + folder.string();
  if (space.available < (256u << 20)) fail(detail + ": less than 256 MiB");
  return detail;
}

// A picture of gradients; the same one as in scripts/golden/efficientnet_lite0.py and scripts/default_encoder.
Image formula_picture(const InputSpec& spec) {
  Image image{spec.width, spec.height, {}};
  for (int y = 0; y < spec.height; ++y)
    for (int x = 0; x < spec.width; ++x)
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(static_cast<std::uint8_t>((x * 3 + y * 7 * (1 + c) + (x * y) / (16 + 5 * c)) % 256));
  return image;
}

// The model computes on this machine what it computed where its reference vector was made; a model without one must at
// least give the same unit vector twice.
std::string check_model(const Model& model) {
  const Encoder encoder(model);
  const Image image = formula_picture(encoder.input());
  const Matrix first = encoder.encode({&image, 1}), second = encoder.encode({&image, 1});
  const float length = dot(first.row(0), first.row(0)), same = dot(first.row(0), second.row(0));
  if (!(std::abs(length - 1) < 1e-3f) || !(same > 0.9999f)) fail(model.id + " gives no stable unit vectors");
  const auto reference_file = model.folder / "parity.npy";
  if (!std::filesystem::exists(reference_file))
    return model.id + ": stable unit vectors of " + std::to_string(encoder.dim());
  const FloatArray reference = read_npy(reference_file);
  if (reference.values.size() != first.cols()) fail(reference_file.string() + " is of another length");
  const float cosine = dot(first.row(0), reference.values);
  if (cosine < 0.9999f) fail(model.id + ": cosine to its reference vector is only " + std::to_string(cosine));
  char text[64];
  std::snprintf(text, sizeof text, ": cosine to its reference vector %.6f", static_cast<double>(cosine));
  return model.id + text;
}

// Measures what each precision brings on this machine, and stores it for `--precision auto`.
std::string measure_precision(const Model& model) {
  const bool quantised = read_quantization(model).has_value();  // a damaged file is reported, not passed over
  const auto speeds = measure_precisions(model);
  const auto cache = precision_cache_file();
  store_speeds(cache, model, speeds);
  std::string detail = model.id + ":";
  for (const auto& speed : speeds) {
    char text[64];
    std::snprintf(text, sizeof text, " %s %.1f images/s,", std::string(to_string(speed.precision)).c_str(),
                  speed.images_per_s);
    detail += text;
  }
  if (!cpu_has_bfloat16()) detail += " no bf16 on this CPU,";
  if (!quantised) detail += " not quantised (ootd models quantize),";
  return detail + " so auto is " + std::string(to_string(auto_precision(model, cache))) + "; kept in " + cache.string();
}

std::string check_images(Workspace& workspace) {
  std::int64_t count = 0, missing = 0;
  std::string first;
  for (LookKey after = {};;) {
    const auto page = workspace.catalog().images_after(after, 10'000);
    if (page.empty()) break;
    after = page.back().key;
    for (const auto& image : page) {
      ++count;
      if (std::filesystem::exists(workspace.file_of(image))) continue;
      if (missing++ == 0) first = workspace.file_of(image).string();
    }
  }
  if (missing > 0)
    fail(std::to_string(missing) + " of " + std::to_string(count) + " photos are gone, for example " + first +
         "; import them again");
  std::string detail = std::to_string(count) + " photos";
  for (const auto& key : workspace.catalog().label_keys())
    detail += ", " + key.key + ": " + std::to_string(key.values) + " values on " + std::to_string(key.images);
  return detail;
}

std::string check_limit(const Workspace& workspace) {
  char text[120];
  std::snprintf(text, sizeof text, "up to %g Mpx a photo, kept from `ootd import --max-megapixels`",
                static_cast<double>(photo_limits(workspace.catalog()).max_pixels) / 1e6);
  return text;
}

// HEIC and AVIF are what the libraries of a machine differ in.
std::string check_pictures() {
  const std::string version = libheif_version();
  if (version.empty()) return "JPEG, PNG, WebP, GIF; no HEIC or AVIF, as libvips has no libheif here";
  return "JPEG, PNG, WebP, GIF, HEIC and AVIF by libheif " + version +
         (strangers_may_send_heif() ? ""
                                    : ", which is older than 1.23.3: HEIC and AVIF of crawls and uploads are refused");
}

std::string check_failures(Workspace& workspace) {
  const auto import = workspace.catalog().failures("import"), embed = workspace.catalog().failures("embed");
  if (import.empty() && embed.empty()) return "none";
  const Failure& first = import.empty() ? embed.front() : import.front();
  return std::to_string(import.size()) + " at import, " + std::to_string(embed.size()) + " at embed, for example " +
         first.item + ": " + first.reason;
}

void check_workspace(std::vector<Check>& checks, const WorkspacePlace& place) {
  Workspace workspace(place);
  run_check(checks, "catalog", [&] {
    const auto problems = workspace.catalog().verify();
    if (!problems.empty()) fail(problems.front());
    return (place.store.empty() ? (place.home / "catalog.db").string() : std::string("the catalog in PostgreSQL")) +
           " is sound";
  });
  run_check(checks, "images", [&] { return check_images(workspace); });
  run_check(checks, "limit", [&] { return check_limit(workspace); });
  run_check(checks, "failures", [&] { return check_failures(workspace); });
  if (!workspace.catalog().serving()) return;
  run_check(checks, "model in use", [&] { return check_model(workspace.need_model()); });
  run_check(checks, "precision", [&] { return measure_precision(workspace.need_model()); });
  run_check(checks, "index", [&] {
    const auto index = workspace.open_index();
    const auto problems = index->verify();
    if (!problems.empty()) fail(problems.front());
    const std::size_t vectors = index->view()->size();
    const auto lacking = workspace.catalog().image_count() - static_cast<std::int64_t>(vectors);
    return std::to_string(vectors) + " vectors" +
           (lacking > 0 ? ", " + std::to_string(lacking) + " photos lack one: ootd embed" : "");
  });
}

}  // namespace

std::vector<Check> check_all(const WorkspacePlace& place) {
  std::vector<Check> checks;
  run_check(checks, "engine", [] { return engine_description(); });
  run_check(checks, "cores", [] { return std::to_string(std::thread::hardware_concurrency()); });
  run_check(checks, "pictures", [] { return check_pictures(); });
  run_check(checks, "disk", [&] { return check_disk(place.home); });
  run_check(checks, "default model", [] { return check_model(open_model(program_models() / kDefaultModel)); });
  run_check(checks, "default precision",
            [] { return measure_precision(open_model(program_models() / kDefaultModel)); });
  if (is_workspace(place))
    run_check(checks, "workspace", [&] {
      check_workspace(checks, place);
      return std::filesystem::absolute(place.home).string();
    });
  else
    checks.push_back({"workspace", true, "none yet at " + place.home.string() + "; `ootd import PHOTOS` makes it"});
  return checks;
}

}  // namespace ootd
