// The whole-person rule: garments of a photo -> the one crop that holds the main person's clothes, or why there is
// none. Pure functions; nothing here sees pixels. docs/crops.md says how garments are given to persons.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/garment.h"
#include "ootd/base/json.h"

namespace ootd {

// Why a photo has no crop; kNone if it has one. `ootd crop` counts them by name. Where several hold, the first of this
// order: kNoGarment, kCrowd, kOneGarment, kTooSmall, kTouchesBorder.
enum class Refusal { kNone, kNoGarment, kOneGarment, kTooSmall, kCrowd, kTouchesBorder };
std::string_view to_string(Refusal refusal);  // "", "no_garment", "one_garment", "too_small", "crowd", "touches_border"

// What changes results.
struct PersonRule {
  float min_score = 0;         // garments and persons below are not seen; the detector has a threshold of its own
  float margin = 0.05f;        // added on each side, as a fraction of what it is added to
  bool person_box = false;     // the crop is of whole_person(), head and shoes too; else of the clothes
  int min_garments = 2;        // or one dress
  int min_side_px = 100;       // of the crop, on a photo of full size
  int full_side_px = 1000;     // longer side of such a photo; the crop of a smaller one may be smaller in proportion
  int max_persons = 0;         // more are a crowd; 0: never, the main person is taken
  float bystander = 0.5f;      // persons less tall than this share of the main one are no part of a crowd
  bool refuse_border = false;  // refuse crops whose clothes touch the photo's border (cut off)
  friend bool operator==(const PersonRule&, const PersonRule&) = default;
};
// Absent fields keep their defaults. Throws Error(kInput) naming the field: out of range, of another type, unknown.
PersonRule parse_person_rule(const Json& json, const std::string& where);
Json to_json(const PersonRule& rule);

// What crops of a rule are known by: "DETECTOR_ID/" and 8 hex digits over all that changes the crops.
std::string crop_origin(const std::string& detector_id, const PersonRule& rule);

// One person's share of a photo.
struct Person {
  std::vector<Garment> garments;  // of this person, best score first; empty if only the person's box was found
  std::optional<Box> box;         // the detector's person box
  Box clothes;                    // union of the garments
};

// The detector's box of the person, where there is one: it is surer of it than of where each garment ends. Else the
// clothes.
const Box& whole_person(const Person& person);

struct Outfit {
  Refusal refusal = Refusal::kNone;
  std::optional<Box> crop;      // whole pixels, inside the photo; present if not refused
  int main = -1;                // which of persons; -1 if nobody wears anything
  std::vector<Person> persons;  // by size and nearness to the middle, those with garments first
};

// width, height: of the picture that the boxes are in. Boxes are clipped to the picture; what is left without area, is
// no number or has another category is not seen. The order of `found` does not matter.
Outfit find_outfit(std::span<const Garment> found, int width, int height, const PersonRule& rule);

}  // namespace ootd
