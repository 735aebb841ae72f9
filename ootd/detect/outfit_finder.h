// One photo as the workspace sees it: garments found, the main person, the crop. `ootd crop`, `ootd detect` and every
// query (search by a file, by an upload) look with the same eyes.
// Threads: look() may be called from many threads at once.
// Cost:    decoding at the detector's size, one forward pass, and the palette.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/input_spec.h"
#include "ootd/detect/detector.h"
#include "ootd/detect/palette.h"
#include "ootd/detect/person.h"
#include "ootd/image/decode.h"

namespace ootd {

struct GarmentColors {
  std::string category;
  std::vector<PaletteColor> colors;  // largest share first
};

// Boxes are in pixels of the whole upright photo.
struct PhotoOutfit {
  int width = 0, height = 0;
  std::vector<Garment> found;  // persons too, best score first
  Outfit outfit;
  std::vector<GarmentColors> palette;  // of the main person's garments, best score first
};
// Each name of the palette once, and its basic term beside it, as the label `palette` has them; sorted.
std::vector<std::string> color_words(const PhotoOutfit& photo);

class OutfitFinder {
 public:
  OutfitFinder(DetectorModel model, const PersonRule& rule, const SessionOptions& options = {});

  const Detector& detector() const { return detector_; }
  const PersonRule& rule() const { return rule_; }
  const std::string& origin() const { return origin_; }  // of crops: the detector's id and the rule's

  // Throws as decode_image().
  PhotoOutfit look(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits = {}) const;

 private:
  const Detector detector_;
  const PersonRule rule_;
  const std::string origin_;
};

// The main person's best garment of the category; nothing if there is none.
std::optional<Box> main_garment(const Outfit& outfit, std::string_view category);

// decode_for() of a query: a photo that is not the workspace's, seen as its photos are. Of a garment's category only
// the main person's; else the crop; the whole photo where there is none, or no finder. Throws Error(kNotFound) if there
// is no garment of this category.
Image decode_query(std::span<const std::byte> bytes, const std::string& name, const InputSpec& spec,
                   const OutfitFinder* finder, std::string_view garment = {}, const DecodeLimits& limits = {});
Image load_query(const std::filesystem::path& file, const InputSpec& spec, const OutfitFinder* finder,
                 std::string_view garment = {}, const DecodeLimits& limits = {});  // of a file

}  // namespace ootd
