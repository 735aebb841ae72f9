// The thirteen styles that Musinsa, a Korean fashion platform, sorts its street snaps by: the names that `ootd label`
// guesses among unless it is given others, and what drawn looks wear (tools/render).
#pragma once

#include <array>
#include <string_view>

namespace ootd {

inline constexpr std::array<std::string_view, 13> kStyles = {"Casual",   "Chic",    "Cityboy", "Classic", "Girlish",
                                                             "Gorpcore", "Minimal", "Preppy",  "Retro",   "Romantic",
                                                             "Sporty",   "Street",  "Workwear"};

}  // namespace ootd
