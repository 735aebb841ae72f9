#include "ootd/train/detector_pictures.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/image/decode.h"
#include "ootd/image/resize.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/train/augment.h"

namespace ootd {
namespace {

constexpr std::uint8_t kGray = 114;    // the padding that detectors of this kind are used to
constexpr float kLeastVisible = 0.3f;  // share of a box that must be in the picture
constexpr float kLeastSide = 3;        // pixels

struct Scene {
  Image image;
  std::vector<LabelledBox> boxes;
};

Scene load(const DetectorPhoto& photo, const DetectorAugment& config, Random& random) {
  Scene scene{decode_image(read_file(photo.file), photo.file.string(), photo.limits), photo.boxes};
  if (random.uniform() < static_cast<double>(config.background)) {
    std::vector<Box> boxes;
    for (const auto& labelled : photo.boxes) boxes.push_back(labelled.box);
    scene.image = replace_background(scene.image, boxes, random);
  }
  return scene;
}

// Draws the scene, scaled to w x h with its top left corner at (left, top), into the window of the picture.
void place(const Scene& scene, int w, int h, int left, int top, const Window& window, DetectorPicture& picture) {
  const int x0 = std::max(left, window.left), x1 = std::min(left + w, window.left + window.width);
  const int y0 = std::max(top, window.top), y1 = std::min(top + h, window.top + window.height);
  if (x1 <= x0 || y1 <= y0) return;
  const Image part =
      resize_window(scene.image, w, h, {x0 - left, y0 - top, x1 - x0, y1 - y0}, Interpolation::kBilinear);
  for (int y = y0; y < y1; ++y)
    std::copy_n(part.row(y - y0), static_cast<std::ptrdiff_t>(part.width) * 3,
                picture.image.row(y) + static_cast<std::ptrdiff_t>(x0) * 3);
  const float sx = static_cast<float>(w) / static_cast<float>(scene.image.width);
  const float sy = static_cast<float>(h) / static_cast<float>(scene.image.height);
  const Box seen = {static_cast<float>(x0), static_cast<float>(y0), static_cast<float>(x1 - x0),
                    static_cast<float>(y1 - y0)};
  for (const auto& [label, box, ignored] : scene.boxes) {
    const Box whole = {static_cast<float>(left) + box.x * sx, static_cast<float>(top) + box.y * sy, box.w * sx,
                       box.h * sy};
    const Box visible = intersect(whole, seen);
    if (visible.w >= kLeastSide && visible.h >= kLeastSide && visible.area() >= kLeastVisible * whole.area())
      picture.boxes.push_back({label, visible});
  }
}

DetectorPicture blank(int side) {
  DetectorPicture picture{{side, side, {}}, {}};
  picture.image.rgb.assign(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3, kGray);
  return picture;
}

// Anywhere in [0, room], or as far outside as the picture is too large.
int offset(int room, Random& random) {
  const auto span = static_cast<std::uint64_t>(std::abs(room)) + 1;
  const int shift = static_cast<int>(random.below(span));
  return room >= 0 ? shift : -shift;
}

// The scene at a random scale of what fits into side x side, anywhere in the window.
void scatter(const Scene& scene, int side, float low, float high, float max_stretch, const Window& window,
             DetectorPicture& picture, Random& random) {
  const double fit = static_cast<double>(side) / std::max(scene.image.width, scene.image.height);
  const double scale = fit * random.uniform(static_cast<double>(low), static_cast<double>(high));
  const double stretch = std::exp(random.uniform(-1, 1) * std::log(static_cast<double>(max_stretch)) / 2);
  const int w = std::max(8, static_cast<int>(std::lround(scene.image.width * scale * stretch)));
  const int h = std::max(8, static_cast<int>(std::lround(scene.image.height * scale / stretch)));
  const int left = window.left + offset(window.width - w, random), top = window.top + offset(window.height - h, random);
  place(scene, w, h, left, top, window, picture);
}

DetectorPicture single(const Scene& scene, int side, const DetectorAugment& config, Random& random) {
  DetectorPicture picture = blank(side);
  scatter(scene, side, config.min_scale, config.max_scale, config.max_stretch, {0, 0, side, side}, picture, random);
  return picture;
}

void mirror(DetectorPicture& picture) {
  flip_horizontally(picture.image);
  for (auto& labelled : picture.boxes) labelled.box.x = static_cast<float>(picture.image.width) - labelled.box.right();
}

}  // namespace

std::vector<std::string> detector_classes() {
  std::vector<std::string> classes(kGarmentCategories.begin(), kGarmentCategories.end());
  classes.emplace_back(kPersonCategory);
  return classes;
}

std::vector<DetectorPhoto> detector_photos(const Catalog& catalog, const std::string& split,
                                           const std::string& origin) {
  const auto classes = detector_classes();
  const DecodeLimits limits = photo_limits(catalog);
  std::vector<DetectorPhoto> photos;
  for (LookKey after = {};;) {
    const auto page = catalog.images_after(after, 10'000);
    if (page.empty()) break;
    after = page.back().key;
    for (const auto& image : page) {
      if (std::ranges::find(image.labels, Label{kSplitKey, split}) == image.labels.end()) continue;
      DetectorPhoto photo{catalog.home() / image.file, {}, limits};
      for (const auto& garment : catalog.garments(image.key, origin))
        if (const auto found = std::ranges::find(classes, garment.category); found != classes.end())
          photo.boxes.push_back({static_cast<int>(found - classes.begin()), garment.box});
      if (!photo.boxes.empty()) photos.push_back(std::move(photo));
    }
  }
  if (photos.empty())
    throw Error(Kind::kNotFound, "no photo of split \"" + split + "\" has boxes of origin \"" + origin +
                                     "\"; import photos with a COCO annotations.json that has them");
  return photos;
}

DetectorPicture fitted_picture(const Image& photo, std::span<const LabelledBox> boxes, int side) {
  DetectorPicture picture = blank(side);
  const double fit = std::min(static_cast<double>(side) / photo.width, static_cast<double>(side) / photo.height);
  const int w = std::clamp(static_cast<int>(std::lround(photo.width * fit)), 1, side);
  const int h = std::clamp(static_cast<int>(std::lround(photo.height * fit)), 1, side);
  place({photo, {boxes.begin(), boxes.end()}}, w, h, 0, 0, {0, 0, side, side}, picture);
  return picture;
}

DetectorPicture augmented_picture(std::span<const DetectorPhoto> photos, std::size_t main, int side,
                                  const DetectorAugment& config, bool mixes, Random& random) {
  const auto happens = [&](float probability) { return random.uniform() < static_cast<double>(probability); };
  const auto other = [&] { return load(photos[random.below(photos.size())], config, random); };
  const Scene scene = load(photos[main], config, random);
  DetectorPicture picture;
  if (mixes && happens(config.mosaic)) {
    picture = blank(side);
    const int cx = static_cast<int>(side * random.uniform(0.35, 0.65));
    const int cy = static_cast<int>(side * random.uniform(0.35, 0.65));
    const Window quarters[] = {
        {0, 0, cx, cy}, {cx, 0, side - cx, cy}, {0, cy, cx, side - cy}, {cx, cy, side - cx, side - cy}};
    const auto at = random.below(4);
    for (std::size_t q = 0; q < 4; ++q)
      scatter(q == at ? scene : other(), side, config.min_scale / 2, config.max_scale / 2, config.max_stretch,
              quarters[q], picture, random);
  } else {
    picture = single(scene, side, config, random);
  }
  if (mixes && happens(config.mixup)) {
    const DetectorPicture second = single(other(), side, config, random);
    for (std::size_t i = 0; i < picture.image.rgb.size(); ++i)
      picture.image.rgb[i] = static_cast<std::uint8_t>((picture.image.rgb[i] + second.image.rgb[i] + 1) / 2);
    picture.boxes.insert(picture.boxes.end(), second.boxes.begin(), second.boxes.end());
  }
  if (happens(config.flip)) mirror(picture);
  if (config.jitter > 0) jitter_colours(picture.image, config.jitter, random);
  return picture;
}

}  // namespace ootd
