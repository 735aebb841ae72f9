#include "ootd/detect/outfit_finder.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/image/preprocess.h"

namespace ootd {
namespace {

// What the detector scales a photo to. Decoding at no less than this loses nothing that it could see.
void enough_to_detect(const ImageHeader& header, const DetectorInput& input, int& width, int& height) {
  const double w = header.width, h = header.height;
  double sx = input.width / w, sy = input.height / h;
  switch (input.fit) {
    case DetectorFit::kLetterbox:
    case DetectorFit::kLetterboxCorner:
      sx = sy = std::min(sx, sy);
      break;
    case DetectorFit::kShortestEdge:
      sx = sy = std::min(input.shortest_edge / std::min(w, h), input.longest_edge / std::max(w, h));
      break;
    case DetectorFit::kSquash:
      break;
  }
  width = std::max(1, static_cast<int>(std::ceil(std::min(1.0, sx) * w)));
  height = std::max(1, static_cast<int>(std::ceil(std::min(1.0, sy) * h)));
}

Box scaled(const Box& box, float sx, float sy) { return {box.x * sx, box.y * sy, box.w * sx, box.h * sy}; }

// image: the photo, shrunk to sx and sy of its sides.
std::vector<GarmentColors> palette_of(const Image& image, const Person& person, float sx, float sy) {
  std::vector<Garment> clothes = person.garments;
  for (Garment& garment : clothes) garment.box = scaled(garment.box, sx, sy);
  const auto figure = person.box ? std::optional(scaled(*person.box, sx, sy)) : std::nullopt;
  std::vector<GarmentColors> palette;
  for (std::size_t i = 0; i < clothes.size(); ++i)
    palette.push_back(
        {clothes[i].category, garment_palette(image, clothes[i].box, surroundings_of(clothes, i, figure))});
  return palette;
}

}  // namespace

std::vector<std::string> color_words(const PhotoOutfit& photo) {
  std::set<std::string> words;
  for (const auto& garment : photo.palette)
    for (const auto& color : garment.colors) {
      words.emplace(color.name.name);
      words.emplace(color.name.basic);
    }
  return {words.begin(), words.end()};
}

OutfitFinder::OutfitFinder(DetectorModel model, const PersonRule& rule, const SessionOptions& options)
    : detector_(std::move(model), options), rule_(rule), origin_(crop_origin(detector_.model().id, rule)) {}

PhotoOutfit OutfitFinder::look(std::span<const std::byte> bytes, const std::string& name,
                               const DecodeLimits& limits) const {
  const ImageHeader header = read_image_header(bytes, name, limits);
  int width = 0, height = 0;
  enough_to_detect(header, detector_.model().config.input, width, height);
  const Image image = decode_image(bytes, name, limits, width, height);
  PhotoOutfit photo{
      .width = header.width, .height = header.height, .found = detector_.detect(image), .outfit = {}, .palette = {}};
  const float sx = static_cast<float>(image.width) / static_cast<float>(header.width);
  const float sy = static_cast<float>(image.height) / static_cast<float>(header.height);
  for (Garment& garment : photo.found) garment.box = scaled(garment.box, 1 / sx, 1 / sy);
  photo.outfit = find_outfit(photo.found, header.width, header.height, rule_);
  if (photo.outfit.main >= 0)
    photo.palette = palette_of(image, photo.outfit.persons[static_cast<std::size_t>(photo.outfit.main)], sx, sy);
  return photo;
}

std::optional<Box> main_garment(const Outfit& outfit, std::string_view category) {
  if (outfit.main < 0) return std::nullopt;
  for (const Garment& garment : outfit.persons[static_cast<std::size_t>(outfit.main)].garments)
    if (garment.category == category) return garment.box;
  return std::nullopt;
}

Image decode_query(std::span<const std::byte> bytes, const std::string& name, const InputSpec& spec,
                   const OutfitFinder* finder, std::string_view garment, const DecodeLimits& limits) {
  std::optional<Box> seen;
  if (finder != nullptr) {
    const Outfit outfit = finder->look(bytes, name, limits).outfit;
    seen = garment.empty() ? outfit.crop : main_garment(outfit, garment);
  }
  if (!garment.empty() && !seen)
    throw Error(Kind::kNotFound, name + ": no " + std::string(garment) + " of the main person was found");
  return decode_for(bytes, name, spec, limits, seen);
}

Image load_query(const std::filesystem::path& file, const InputSpec& spec, const OutfitFinder* finder,
                 std::string_view garment, const DecodeLimits& limits) {
  return decode_query(read_file(file, limits.max_bytes), file.string(), spec, finder, garment, limits);
}

}  // namespace ootd
