// A garment or a person found in (or labelled on) a picture: the word that detectors, the whole-person rule, the
// catalog and training share.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "ootd/base/box.h"

namespace ootd {

// What a garment's category may be; "person" beside them is the whole figure, head and shoes included.
inline constexpr std::array<std::string_view, 4> kGarmentCategories = {"outer", "bottom", "dress", "top"};
inline constexpr std::string_view kPersonCategory = "person";

struct Garment {
  std::string category;       // one of kGarmentCategories, or kPersonCategory
  std::string fine_category;  // the source's own word, may be empty
  float score = 1;            // 1 for a person's label
  Box box;
  friend bool operator==(const Garment&, const Garment&) = default;
};

}  // namespace ootd
