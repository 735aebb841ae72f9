#include "tools/render/cuts.h"

#include <string>

#include "ootd/base/error.h"

namespace ootd::render {
namespace {

constexpr auto kTrousers = LowerKind::kTrousers;
constexpr auto kSkirt = LowerKind::kSkirt;

// clang-format off
constexpr Cut kTable[] = {
    // name, category, {ease, hem, flare, sleeve, its ease, cuff ease, neck, front}, {lower part}, details
    {"t-shirt", "top", {1.0, 51, 0.2, 0.30, 1.5, 1.8, Neck::kCrew}, {}, kNoDetail},
    {"boxy tee", "top", {2.0, 49, 0.2, 0.36, 2.0, 2.4, Neck::kCrew}, {}, kNoDetail},
    {"graphic tee", "top", {3.2, 55, 0.3, 0.42, 2.4, 2.9, Neck::kCrew}, {}, kGraphic},
    {"ringer tee", "top", {0.6, 49, 0, 0.27, 1.1, 1.2, Neck::kCrew}, {}, kTrim | kGraphic},
    {"long-sleeve tee", "top", {0.9, 51, 0, 0.98, 0.8, 0.5, Neck::kCrew}, {}, kNoDetail},
    {"henley", "top", {1.1, 51, 0, 0.98, 0.9, 0.5, Neck::kHenley}, {}, kNoDetail},
    {"technical tee", "top", {1.2, 51, 0, 0.32, 1.5, 1.8, Neck::kCrew}, {}, kRaglan | kSmallLogo},
    {"tank top", "top", {0.5, 50, 0, 0, 0, 0, Neck::kSquare}, {}, kNoDetail},
    {"sports top", "top", {0.0, 35, 0, 0, 0, 0, Neck::kSquare}, {}, kTrim | kSmallLogo},
    {"jersey", "top", {2.2, 54, 0.3, 0.38, 2.2, 2.6, Neck::kV}, {}, kNumber | kTrim | kRaglan},
    {"camisole", "top", {0.5, 50, 0.4, 0, 0, 0, Neck::kStrap}, {}, kNoDetail},
    {"sweatshirt", "top", {2.2, 51, -0.4, 0.98, 1.7, 1.0, Neck::kCrew}, {}, kRibs | kSmallLogo},
    {"hoodie", "top", {3.0, 53, -0.4, 1.0, 2.1, 1.2, Neck::kHood}, {}, kRibs | kKangaroo},
    {"turtleneck", "top", {0.5, 50, 0, 0.98, 0.5, 0.3, Neck::kTurtle}, {}, kNoDetail},
    {"mock-neck knit", "top", {1.7, 51, -0.2, 0.98, 1.3, 0.8, Neck::kMock}, {}, kNoDetail},
    {"fine knit", "top", {0.8, 50, 0, 0.96, 0.8, 0.4, Neck::kCrew}, {}, kRibs},
    {"chunky knit", "top", {2.6, 52, -0.2, 0.98, 2.0, 1.5, Neck::kCrew}, {}, kRibs},
    {"cropped knit", "top", {0.8, 41, -0.2, 0.97, 1.4, 0.4, Neck::kV}, {}, kRibs},
    {"sweater vest", "top", {1.6, 49, -0.2, 0, 0, 0, Neck::kV}, {}, kRibs | kOverShirt | kTrim},
    {"polo", "top", {1.0, 51, 0, 0.31, 1.4, 1.4, Neck::kPolo}, {}, kSmallLogo | kTrim},
    {"knit polo", "top", {0.8, 49, 0, 0.33, 1.2, 0.9, Neck::kPolo}, {}, kRibs},
    {"oxford shirt", "top", {1.3, 53, 0.3, 0.97, 1.1, 0.8, Neck::kShirt, Front::kButtons}, {}, kChestPockets},
    {"tie shirt", "top", {1.1, 52, 0.2, 0.97, 1.0, 0.7, Neck::kShirt, Front::kButtons}, {}, kTie},
    {"oversize shirt", "top", {3.0, 58, 0.6, 0.97, 2.2, 1.4, Neck::kShirt, Front::kButtons}, {}, kChestPockets},
    {"work shirt", "top", {1.7, 54, 0.2, 0.97, 1.4, 0.8, Neck::kShirt, Front::kButtons}, {}, kChestPockets | kYoke | kStitch},
    {"wide-collar shirt", "top", {0.9, 51, 0.2, 0.97, 0.9, 1.3, Neck::kWideCollar, Front::kButtons}, {}, kNoDetail},
    {"camp shirt", "top", {2.2, 52, 0.4, 0.36, 2.0, 2.5, Neck::kWideCollar, Front::kButtons}, {}, kNoDetail},
    {"bow blouse", "top", {1.0, 50, 0.2, 0.96, 1.3, 1.2, Neck::kBow}, {}, kNoDetail},
    {"silk blouse", "top", {1.3, 50, 0.3, 0.96, 1.4, 1.3, Neck::kV, Front::kButtons}, {}, kNoDetail},
    {"puff blouse", "top", {0.8, 47, 0.2, 0.40, 2.6, 0.5, Neck::kPeterPan, Front::kButtons}, {}, kPuff},
    {"ruffle blouse", "top", {1.0, 48, 0.4, 0.93, 1.6, 2.0, Neck::kRuffle}, {}, kRuffles | kPuff},
    {"off-shoulder top", "top", {0.9, 46, 0.3, 0.55, 2.0, 1.8, Neck::kOffShoulder}, {}, kRuffles},

    {"blazer", "outer", {1.8, 56, 0.6, 0.97, 1.3, 1.1, Neck::kLapel, Front::kButtons}, {}, kHipPockets},
    {"oversize blazer", "outer", {3.2, 60, 0.4, 0.99, 2.0, 1.7, Neck::kLapel, Front::kButtons}, {}, kHipPockets},
    {"double-breasted blazer", "outer", {2.0, 56, 0.5, 0.97, 1.3, 1.1, Neck::kDouble, Front::kButtons}, {}, kHipPockets},
    {"crest blazer", "outer", {1.7, 55, 0.4, 0.97, 1.2, 1.0, Neck::kLapel, Front::kButtons}, {}, kHipPockets | kCrest | kTrim},
    {"tweed jacket", "outer", {1.2, 47, 0.1, 0.93, 1.1, 1.0, Neck::kCrew, Front::kButtons}, {}, kTrim | kHipPockets},
    {"trench coat", "outer", {2.4, 74, 2.4, 0.98, 1.8, 1.5, Neck::kDouble, Front::kButtons}, {}, kBelt | kFlap | kHipPockets},
    {"wool coat", "outer", {2.6, 76, 1.4, 0.98, 1.8, 1.5, Neck::kLapel, Front::kButtons}, {}, kHipPockets},
    {"collarless coat", "outer", {2.6, 77, 1.0, 0.98, 1.8, 1.6, Neck::kV, Front::kButtons}, {}, kHipPockets},
    {"balmacaan coat", "outer", {3.4, 75, 2.4, 0.98, 2.2, 1.8, Neck::kShirt, Front::kButtons}, {}, kHipPockets},
    {"parka", "outer", {3.4, 66, 0.8, 1.0, 2.3, 1.5, Neck::kHood, Front::kZip}, {}, kHipPockets | kFlap},
    {"cardigan", "outer", {2.2, 54, 0.0, 0.98, 1.6, 1.0, Neck::kV, Front::kButtons}, {}, kRibs | kHipPockets},
    {"varsity cardigan", "outer", {2.0, 53, 0.0, 0.98, 1.5, 0.9, Neck::kV, Front::kButtons}, {}, kRibs | kCrest | kTrim},
    {"cropped cardigan", "outer", {1.0, 42, 0.0, 0.96, 1.3, 0.7, Neck::kCrew, Front::kButtons}, {}, kRibs},
    {"long cardigan", "outer", {2.4, 72, 1.2, 0.98, 1.7, 1.5, Neck::kShawl}, {}, kHipPockets},
    {"denim jacket", "outer", {2.2, 48, -0.2, 0.98, 1.7, 1.0, Neck::kShirt, Front::kButtons}, {}, kChestPockets | kYoke | kStitch},
    {"biker jacket", "outer", {1.4, 47, 0, 0.98, 1.2, 0.8, Neck::kLapel, Front::kZip}, {}, kHipPockets},
    {"suede jacket", "outer", {1.8, 52, 0.2, 0.98, 1.4, 1.2, Neck::kWideCollar, Front::kButtons}, {}, kFringe | kYoke},
    {"zip hoodie", "outer", {2.6, 52, -0.3, 1.0, 1.9, 1.0, Neck::kHood, Front::kZip}, {}, kRibs | kKangaroo},
    {"bomber", "outer", {3.0, 49, -0.7, 1.0, 2.3, 1.0, Neck::kStand, Front::kZip}, {}, kRibs | kHipPockets},
    {"varsity jacket", "outer", {2.8, 49, -0.6, 1.0, 2.1, 1.0, Neck::kStand, Front::kButtons}, {}, kRibs | kRaglan | kCrest | kTrim},
    {"coach jacket", "outer", {2.6, 53, 0.3, 0.99, 1.9, 1.3, Neck::kShirt, Front::kButtons}, {}, kHipPockets | kSmallLogo},
    {"track jacket", "outer", {1.6, 50, -0.4, 0.99, 1.3, 0.6, Neck::kStand, Front::kZip}, {}, kRibs | kSideStripe | kSmallLogo},
    {"windbreaker", "outer", {2.6, 51, -0.3, 0.99, 2.0, 0.9, Neck::kStand, Front::kZip}, {}, kYoke | kSmallLogo | kRaglan},
    {"anorak", "outer", {3.0, 55, 0.2, 1.0, 2.1, 1.0, Neck::kHood, Front::kZip}, {}, kKangaroo | kFlap},
    {"puffer", "outer", {4.0, 50, -0.6, 1.0, 3.0, 2.0, Neck::kStand, Front::kZip}, {}, kSmallLogo},
    {"puffer vest", "outer", {3.2, 49, -0.4, 0, 0, 0, Neck::kStand, Front::kZip}, {}, kSmallLogo},
    {"fleece", "outer", {2.8, 51, -0.2, 1.0, 2.1, 1.3, Neck::kStand, Front::kZip}, {}, kChestPockets | kTrim},
    {"chore coat", "outer", {2.4, 56, 0.3, 0.98, 1.8, 1.3, Neck::kShirt, Front::kButtons}, {}, kChestPockets | kHipPockets | kStitch},
    {"work jacket", "outer", {2.6, 50, 0, 0.98, 1.9, 1.1, Neck::kWideCollar, Front::kZip}, {}, kChestPockets | kYoke | kStitch},

    {"straight jeans", "bottom", {}, {kTrousers, 39, 0.99, 0.5, 0.9, 1.4}, kHipPockets | kStitch},
    {"wide jeans", "bottom", {}, {kTrousers, 39, 1.02, 1.0, 2.0, 3.2}, kHipPockets | kStitch},
    {"baggy jeans", "bottom", {}, {kTrousers, 43, 1.03, 1.6, 2.6, 3.0}, kHipPockets | kStitch | kRips},
    {"slim jeans", "bottom", {}, {kTrousers, 40, 0.96, 0.2, 0.3, 0.4}, kHipPockets | kStitch | kRips},
    {"flared jeans", "bottom", {}, {kTrousers, 39, 1.03, 0.2, 0.4, 3.6}, kHipPockets | kStitch},
    {"bell-bottoms", "bottom", {}, {kTrousers, 38, 1.03, 0.2, 0.5, 4.2}, kHipPockets},
    {"selvedge jeans", "bottom", {}, {kTrousers, 40, 0.93, 0.5, 0.9, 1.3}, kHipPockets | kStitch | kTurnUp},
    {"chinos", "bottom", {}, {kTrousers, 40, 0.96, 0.5, 0.7, 0.8}, kHipPockets | kCrease},
    {"slim trousers", "bottom", {}, {kTrousers, 39, 0.95, 0.3, 0.4, 0.5}, kHipPockets | kCrease},
    {"wide trousers", "bottom", {}, {kTrousers, 37, 1.02, 1.0, 2.2, 3.2}, kHipPockets | kCrease},
    {"balloon pants", "bottom", {}, {kTrousers, 39, 0.95, 1.4, 2.8, 1.6}, kHipPockets},
    {"cargo pants", "bottom", {}, {kTrousers, 41, 1.0, 1.2, 2.0, 1.7}, kCargo | kHipPockets},
    {"hiking pants", "bottom", {}, {kTrousers, 41, 0.96, 0.8, 1.2, 0.8}, kCargo | kBelt},
    {"carpenter pants", "bottom", {}, {kTrousers, 40, 0.98, 1.0, 1.6, 1.9}, kCargo | kHipPockets | kStitch | kTurnUp},
    {"joggers", "bottom", {}, {kTrousers, 40, 0.93, 1.0, 1.5, 0.5}, kRibs},
    {"track pants", "bottom", {}, {kTrousers, 40, 0.98, 0.7, 1.1, 1.1}, kSideStripe},
    {"leggings", "bottom", {}, {kTrousers, 38, 0.94, 0.0, 0.05, 0.1}, kSmallLogo},
    {"denim shorts", "bottom", {}, {kTrousers, 40, 0.30, 0.5, 1.6, 1.6}, kHipPockets | kStitch | kTurnUp},
    {"bermuda shorts", "bottom", {}, {kTrousers, 40, 0.48, 0.7, 1.4, 1.4}, kHipPockets | kCrease},
    {"wide shorts", "bottom", {}, {kTrousers, 40, 0.50, 1.3, 2.6, 2.6}, kHipPockets},
    {"track shorts", "bottom", {}, {kTrousers, 41, 0.31, 0.8, 2.4, 2.4}, kSideStripe},
    {"dungarees", "bottom", {}, {kTrousers, 38, 0.97, 1.2, 1.7, 1.8}, kBib | kHipPockets | kStitch | kTurnUp},
    {"pleated skirt", "bottom", {}, {kSkirt, 38, 63, 0.4, 0, 3.2}, kPleats},
    {"pleated midi skirt", "bottom", {}, {kSkirt, 38, 80, 0.4, 0, 3.6}, kPleats},
    {"mini skirt", "bottom", {}, {kSkirt, 39, 60, 0.4, 0, 2.2}, kNoDetail},
    {"flared mini skirt", "bottom", {}, {kSkirt, 38, 60, 0.8, 0, 4.6}, kRuffles},
    {"tennis skirt", "bottom", {}, {kSkirt, 39, 59, 0.4, 0, 3.4}, kPleats | kTrim},
    {"a-line skirt", "bottom", {}, {kSkirt, 38, 70, 0.4, 0, 3.2}, kNoDetail},
    {"button skirt", "bottom", {}, {kSkirt, 39, 64, 0.3, 0, 2.6}, kStitch | kHipPockets},
    {"pencil skirt", "bottom", {}, {kSkirt, 37, 74, 0.2, 0, -0.6}, kCrease},
    {"column skirt", "bottom", {}, {kSkirt, 37, 90, 0.4, 0, 0.8}, kCrease},
    {"flowing skirt", "bottom", {}, {kSkirt, 38, 86, 0.6, 0, 5.0}, kNoDetail},
    {"tiered skirt", "bottom", {}, {kSkirt, 38, 84, 1.0, 0, 5.4}, kTiers | kRuffles},
    {"tulle skirt", "bottom", {}, {kSkirt, 38, 76, 1.6, 0, 6.4}, kTiers},

    {"slip dress", "dress", {0.5, 42, 0.2, 0, 0, 0, Neck::kStrap}, {kSkirt, 38, 82, 0.4, 0, 2.2}, kNoDetail},
    {"sheath dress", "dress", {0.4, 42, 0, 0.12, 0.6, 0.8, Neck::kCrew}, {kSkirt, 38, 72, 0.3, 0, -0.2}, kBelt},
    {"column dress", "dress", {1.0, 42, 0, 0.98, 0.8, 0.6, Neck::kMock}, {kSkirt, 38, 88, 0.9, 0, 1.2}, kNoDetail},
    {"knit dress", "dress", {0.6, 42, 0, 0.97, 0.7, 0.4, Neck::kTurtle}, {kSkirt, 38, 78, 0.5, 0, 0.8}, kRibs},
    {"shirt dress", "dress", {1.2, 42, 0, 0.60, 1.3, 1.3, Neck::kShirt, Front::kButtons}, {kSkirt, 38, 73, 0.8, 0, 3.0}, kBelt | kChestPockets},
    {"work dress", "dress", {1.4, 42, 0, 0.62, 1.5, 1.4, Neck::kShirt, Front::kButtons}, {kSkirt, 38, 72, 0.9, 0, 2.6}, kBelt | kChestPockets | kStitch | kYoke},
    {"t-shirt dress", "dress", {1.8, 42, 0, 0.34, 1.9, 2.2, Neck::kCrew}, {kSkirt, 38, 64, 1.8, 0, 2.0}, kSmallLogo},
    {"hoodie dress", "dress", {2.8, 42, 0, 1.0, 2.0, 1.1, Neck::kHood}, {kSkirt, 38, 63, 2.8, 0, 2.6}, kKangaroo | kRibs},
    {"babydoll dress", "dress", {0.5, 32, 0, 0.30, 2.4, 0.5, Neck::kPeterPan}, {kSkirt, 31, 63, 2.6, 0, 5.4}, kPuff | kRuffles},
    {"tea dress", "dress", {0.6, 42, 0, 0.33, 2.2, 0.7, Neck::kV, Front::kButtons}, {kSkirt, 38, 76, 0.6, 0, 5.0}, kPuff},
    {"maxi dress", "dress", {0.7, 40, 0, 0.90, 1.8, 1.8, Neck::kRuffle}, {kSkirt, 36, 89, 1.0, 0, 6.0}, kTiers | kRuffles | kPuff},
    {"bardot dress", "dress", {0.6, 40, 0, 0.40, 2.2, 1.6, Neck::kOffShoulder}, {kSkirt, 36, 84, 0.8, 0, 5.6}, kRuffles},
    {"tennis dress", "dress", {0.3, 42, 0, 0, 0, 0, Neck::kPolo}, {kSkirt, 38, 60, 0.5, 0, 3.4}, kPleats | kTrim | kSmallLogo},
    {"shift dress", "dress", {1.2, 42, 0, 0.34, 1.4, 1.8, Neck::kMock}, {kSkirt, 38, 61, 1.6, 0, 2.6}, kTrim},
    {"wrap dress", "dress", {0.6, 42, 0, 0.92, 1.0, 1.6, Neck::kV}, {kSkirt, 38, 74, 0.5, 0, 3.4}, kBelt},
};
// clang-format on

}  // namespace

const std::span<const Cut> kCuts = kTable;

const Cut& find_cut(std::string_view name) {
  for (const Cut& cut : kTable)
    if (cut.name == name) return cut;
  throw Error(Kind::kInternal, "no cut is called " + std::string(name));
}

}  // namespace ootd::render
