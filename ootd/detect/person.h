// The whole-person rule: garments of a photo -> the one crop that holds the main person's clothes, or why there is
// none. Pure functions; nothing here sees pixels.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/garment.h"
#include "ootd/base/json.h"

namespace ootd {

// Why a photo has no crop; kNone if it has one. `ootd crop` counts them by name.
enum class Refusal { kNone, kNoGarment, kOneGarment, kTooSmall, kCrowd, kTouchesBorder };
std::string_view to_string(Refusal refusal);  // "", "no_garment", "one_garment", "too_small", "crowd", "touches_border"

// What changes results. Fractions are of the crop's own side unless said otherwise.
struct PersonRule {
  float min_score = 0.3f;      // garments and persons below are not seen
  float margin = 0.05f;        // added on each side
  bool person_box = true;      // the crop grows to the person's box (head, shoes), where one is known
  int min_garments = 2;        // or one dress
  int min_side_px = 100;       // of the crop, in pixels of the ORIGINAL photo
  int max_persons = 0;         // more are a crowd; 0: never, the main person is taken
  bool refuse_border = false;  // refuse crops whose clothes touch the photo's border (cut off)
  friend bool operator==(const PersonRule&, const PersonRule&) = default;
};
PersonRule parse_person_rule(const Json& json, const std::string& where);  // kInput naming the field
Json to_json(const PersonRule& rule);

// One person's share of a photo.
struct Person {
  std::vector<Garment> garments;  // of this person, best score first
  std::optional<Box> box;         // the detector's person box
  Box clothes;                    // union of the garments
};

struct Outfit {
  Refusal refusal = Refusal::kNone;
  std::optional<Box> crop;  // whole pixels, inside the photo; present if not refused
  int main = -1;            // which of persons; -1 if there is none
  std::vector<Person> persons;
};

// width, height: of the picture that the boxes are in. original_scale: pixels of the original photo per pixel of it.
Outfit find_outfit(std::span<const Garment> found, int width, int height, const PersonRule& rule,
                   float original_scale = 1);

}  // namespace ootd
