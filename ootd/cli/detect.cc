#include <cmath>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/cli/verbs.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/cropping.h"

namespace ootd {
namespace {

struct DetectFlags {
  std::vector<std::filesystem::path> files;
  FinderChoice finder;
  std::filesystem::path overlay;
};

double rounded(float value, double steps) { return std::round(static_cast<double>(value) * steps) / steps; }

// [x, y, w, h] in hundredths of a pixel.
Json box_json(const std::optional<Box>& box) {
  if (!box) return nullptr;
  return {rounded(box->x, 100), rounded(box->y, 100), rounded(box->w, 100), rounded(box->h, 100)};
}

Json photo_json(const PhotoOutfit& photo) {
  Json garments = Json::array();
  for (const auto& garment : photo.found)
    if (garment.category != kPersonCategory)
      garments.push_back(
          {{"class", garment.category}, {"score", rounded(garment.score, 1e4)}, {"box", box_json(garment.box)}});
  Json palette = Json::array();
  for (const auto& garment : photo.palette)
    for (const auto& color : garment.colors) {
      const auto rgb = srgb_of(color.color);
      char hex[8];
      std::snprintf(hex, sizeof hex, "#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
      palette.push_back({{"class", garment.category},
                         {"name", color.name.name},
                         {"basic", color.name.basic},
                         {"share", rounded(color.share, 1e4)},
                         {"rgb", hex}});
    }
  const Outfit& outfit = photo.outfit;
  std::optional<Box> person_box;
  if (!outfit.persons.empty()) person_box = whole_person(outfit.persons.front());
  return {{"garments", garments},
          {"person_box", box_json(person_box)},
          {"crop", box_json(outfit.crop)},
          {"palette", palette},
          {"persons", outfit.persons.size()},
          {"reason", to_string(outfit.refusal)},
          {"width", photo.width},
          {"height", photo.height}};
}

void run_detect(Globals& globals, const DetectFlags& flags) {
  std::optional<Workspace> workspace;
  if (is_workspace(globals.place())) workspace.emplace(globals.place());
  const auto finder = make_outfit_finder(globals.home, workspace ? &*workspace : nullptr, flags.finder);
  if (!flags.overlay.empty()) std::filesystem::create_directories(flags.overlay);
  const DecodeLimits limits = workspace ? photo_limits(workspace->catalog()) : DecodeLimits{.own_file = true};
  std::size_t failed = 0, next = 0;
  std::vector<Json> lines(flags.files.size());
  detect_files(
      *finder,
      [&]() -> std::optional<PhotoJob> {
        if (next == flags.files.size()) return std::nullopt;
        return PhotoJob{static_cast<LookKey>(next), flags.files[next++]};
      },
      [&](PhotoResult result) {
        Json& line = lines[static_cast<std::size_t>(result.job.look)];
        line = result.problem.empty() ? photo_json(result.photo) : Json{{"error", result.problem}};
        failed += !result.problem.empty();
        line["file"] = result.job.file.string();
      },
      [&](const PhotoResult& result) {
        if (flags.overlay.empty()) return;
        write_overlay(result, flags.overlay / (result.job.file.filename().string() + ".jpg"), limits);
      },
      limits);
  for (const auto& line : lines) std::cout << dump_json(line) << "\n";
  if (failed == flags.files.size()) globals.exit_code = 1;
}

}  // namespace

void add_detect(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("detect", "Garments, main person and palette of single files, as JSON lines");
  auto flags = std::make_shared<DetectFlags>();
  verb->add_option("FILE", flags->files, "Photos; nothing is stored")->required();
  verb->add_option(
      "--model", flags->finder.detector,
      "A detector (default: the workspace's, if there is one, else " + std::string(kDefaultDetector) + ")");
  verb->add_option("--rule", flags->finder.rule_file, "JSON with the whole-person rule's settings (docs/crops.md)");
  verb->add_option("--overlay", flags->overlay, "A folder for pictures of what was found: FILE.jpg");
  verb->callback([&globals, flags] { run_detect(globals, *flags); });
}

}  // namespace ootd
