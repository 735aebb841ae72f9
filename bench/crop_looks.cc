#include <algorithm>
#include <cmath>
#include <map>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/image/decode.h"
#include "ootd/image/encode.h"

namespace ootd::bench {
namespace {

constexpr double kMargin = 0.05;  // of the box's sides, on each of them
constexpr int kJpegQuality = 95;  // the second loss is to be small beside the first

struct Window {
  int x = 0, y = 0, w = 0, h = 0;
};

Window window_of(const Json& box, const Image& image) {
  const auto at = [&](std::size_t i) { return box.at(i).get<double>(); };
  const double dx = kMargin * at(2), dy = kMargin * at(3);
  Window window;
  window.x = std::clamp(static_cast<int>(std::floor(at(0) - dx)), 0, image.width - 1);
  window.y = std::clamp(static_cast<int>(std::floor(at(1) - dy)), 0, image.height - 1);
  window.w = std::clamp(static_cast<int>(std::ceil(at(0) + at(2) + dx)), window.x + 1, image.width) - window.x;
  window.h = std::clamp(static_cast<int>(std::ceil(at(1) + at(3) + dy)), window.y + 1, image.height) - window.y;
  return window;
}

Image cut_out(const Image& image, const Window& window) {
  Image part{window.w, window.h, {}};
  for (int y = 0; y < window.h; ++y) {
    const std::uint8_t* row = image.row(window.y + y) + 3 * window.x;
    part.rgb.insert(part.rgb.end(), row, row + 3 * window.w);
  }
  return part;
}

Json moved(const Json& box, const Window& window) {
  return {box.at(0).get<double>() - window.x, box.at(1).get<double>() - window.y, box.at(2), box.at(3)};
}

}  // namespace

void crop_looks(const Options& options) {
  const auto folder = options.photos;
  if (folder.empty()) throw Error(Kind::kInput, "crop_looks needs --photos, a folder with annotations.json");
  if (std::filesystem::exists(options.out) && std::filesystem::equivalent(options.out, folder))
    throw Error(Kind::kInput, "--out is the folder of the photos themselves");
  Json coco = read_json(folder / "annotations.json");
  std::map<Json, Window> windows;
  for (Json& entry : coco.at("images")) {
    const std::filesystem::path name = entry.at("file_name").get<std::string>();
    // The crop goes where the list says, below --out: never onto the photo itself.
    if (!(options.out / name).lexically_normal().native().starts_with(options.out.lexically_normal().native()))
      throw Error(Kind::kInput, folder.string() + ": \"" + name.string() + "\" leads out of the folder");
    const auto file = folder / name;
    const Image image = decode_image(read_file(file), file.string());
    Json& person = entry.at("person_bbox");
    // A photo whose person nobody labelled stays whole.
    const Window window = person.is_null() ? Window{0, 0, image.width, image.height} : window_of(person, image);
    windows[entry.at("id")] = window;
    std::filesystem::create_directories((options.out / name).parent_path());
    write_file_atomically(options.out / name, encode_jpeg(cut_out(image, window), kJpegQuality), false);
    entry["width"] = window.w;
    entry["height"] = window.h;
    if (!person.is_null()) person = moved(person, window);
  }
  for (Json& annotation : coco.at("annotations"))
    annotation["bbox"] = moved(annotation.at("bbox"), windows.at(annotation.at("image_id")));
  const std::string text = dump_json(coco, 1) + "\n";
  write_file_atomically(options.out / "annotations.json", std::as_bytes(std::span(text)));
  RowPrinter("crop_looks").add("n", std::to_string(windows.size())).add("out", options.out.string()).print();
}

}  // namespace ootd::bench
