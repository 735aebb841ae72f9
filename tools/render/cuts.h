// The shapes of clothes, as numbers. Lengths in figure units (the person is 100 high; heights count from the crown:
// waist 38, hips 48, knee 72, ankle 95). Ease is what is added to the body's half-width. Internal to render.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ootd::render {

enum class Neck : std::uint8_t {
  kCrew,
  kV,
  kSquare,
  kStrap,
  kOffShoulder,
  kTurtle,
  kMock,
  kShirt,
  kWideCollar,
  kPeterPan,
  kPolo,
  kHenley,
  kBow,
  kHood,
  kLapel,
  kDouble,
  kShawl,
  kStand,
  kRuffle,
};
enum class Front : std::uint8_t { kClosed, kButtons, kZip };

struct Upper {
  double ease = 0, hem = 0, flare = 0;                // flare: ease added towards the hem
  double sleeve = 0, sleeve_ease = 0, cuff_ease = 0;  // sleeve: share of the arm
  Neck neck = Neck::kCrew;
  Front front = Front::kClosed;
};

enum class LowerKind : std::uint8_t { kNone, kTrousers, kSkirt };

struct Lower {
  LowerKind kind = LowerKind::kNone;
  double waist = 0;
  double length = 0;                  // trousers: share of the leg; skirts: height of the hem
  double hip = 0, knee = 0, hem = 0;  // eases
};

enum Detail : unsigned {
  kNoDetail = 0,
  kRibs = 1u << 0,
  kKangaroo = 1u << 1,
  kChestPockets = 1u << 2,
  kHipPockets = 1u << 3,
  kBelt = 1u << 4,
  kCargo = 1u << 5,
  kPleats = 1u << 6,
  kSideStripe = 1u << 7,
  kTiers = 1u << 8,
  kRuffles = 1u << 9,
  kTurnUp = 1u << 10,
  kRips = 1u << 11,
  kGraphic = 1u << 12,
  kNumber = 1u << 13,
  kCrest = 1u << 14,
  kPuff = 1u << 15,
  kTie = 1u << 16,
  kStitch = 1u << 17,
  kBib = 1u << 18,
  kRaglan = 1u << 19,
  kFlap = 1u << 20,
  kFringe = 1u << 21,
  kOverShirt = 1u << 22,
  kTrim = 1u << 23,
  kYoke = 1u << 24,
  kCrease = 1u << 25,
  kSmallLogo = 1u << 26,
  kHooded = 1u << 27,
};

struct Cut {
  std::string_view name, category;
  Upper upper;
  Lower lower;
  unsigned details = kNoDetail;
};

extern const std::span<const Cut> kCuts;
// Throws Error(kInternal) for a name that is not in the table; the style test walks through all names.
const Cut& find_cut(std::string_view name);

}  // namespace ootd::render
