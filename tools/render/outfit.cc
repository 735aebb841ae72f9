// Chooses what a person wears today.
#include <algorithm>
#include <bit>

#include "tools/render/styles.h"

namespace ootd::render {
namespace {

// What everybody owns. One piece in seven comes from here, so that no garment gives a style away.
constexpr std::array<GarmentPiece, 4> kEverydayTops = {{{"t-shirt", 3, bit(Pattern::kPlain)},
                                                        {"fine knit", 1, bit(Pattern::kPlain)},
                                                        {"oxford shirt", 1, bit(Pattern::kPlain)}}};
constexpr std::array<GarmentPiece, 4> kEverydayBottoms = {{{"straight jeans", 3, bit(Pattern::kDenim)},
                                                           {"slim trousers", 1, bit(Pattern::kPlain)},
                                                           {"chinos", 1, bit(Pattern::kPlain)}}};
constexpr std::uint32_t kNeutrals[] = {0xf5f3ee, 0x1b1b1e, 0x8e9197, 0x25324e, 0xd2c6b0, 0x57739c};
constexpr double kEverydayShare = 0.14, kNeutralShare = 0.10;

template <class T, std::size_t N>
T pick(const std::array<T, N>& list, Random& random) {
  std::size_t n = 0;
  while (n < N && list[n] != T{}) ++n;
  return list[random.below(std::max<std::size_t>(n, 1))];
}

template <std::size_t N>
const GarmentPiece& pick_piece(const std::array<GarmentPiece, N>& pieces, bool feminine, Random& random) {
  const auto weight = [&](const GarmentPiece& piece) {
    // Skirts and camisoles of mixed wardrobes go to the feminine figures; a renderer's simplification.
    const Cut& cut = find_cut(piece.cut);
    const bool skirt = cut.lower.kind == LowerKind::kSkirt || cut.upper.neck == Neck::kStrap ||
                       cut.upper.neck == Neck::kBow || cut.upper.hem == 35;
    return skirt && !feminine ? 0 : piece.weight;
  };
  int total = 0;
  for (const GarmentPiece& piece : pieces)
    if (piece.weight > 0) total += weight(piece);
  int ticket = static_cast<int>(random.below(static_cast<std::uint64_t>(std::max(total, 1))));
  for (const GarmentPiece& piece : pieces) {
    if (piece.weight == 0) continue;
    ticket -= weight(piece);
    if (ticket < 0) return piece;
  }
  return pieces[0];
}

Color vary(Color c, Random& random) {
  const double shift = std::clamp(random.normal() * 0.05, -0.12, 0.12);
  c = shift > 0 ? lighter(c, shift) : darker(c, -shift);
  const auto channel = [&](double v) { return std::clamp(v + random.normal() * 0.012, 0.0, 1.0); };
  return {channel(c.r), channel(c.g), channel(c.b)};
}

Fabric make_fabric(unsigned patterns, Color base, const Wardrobe& wardrobe, Random& random) {
  Fabric fabric;
  int ticket = static_cast<int>(random.below(static_cast<std::uint64_t>(std::max(1, std::popcount(patterns)))));
  for (int i = 0; i < kPatterns; ++i)
    if ((patterns >> i & 1u) != 0 && ticket-- == 0) fabric.pattern = static_cast<Pattern>(i);
  fabric.base = base;
  if (fabric.pattern == Pattern::kDenim && base.b < base.r * 1.1)
    fabric.base = rgb(random.uniform() < 0.5 ? 0x4a6b96 : 0x2c3e5c);
  const auto contrasting = [&] {
    Color c = vary(rgb(pick(wardrobe.accents, random)), random);
    if (std::abs(luma(c) - luma(fabric.base)) < 0.16) c = luma(fabric.base) > 0.5 ? darker(c, 0.5) : lighter(c, 0.6);
    return c;
  };
  fabric.second = contrasting();
  fabric.third = contrasting();
  if (fabric.pattern == Pattern::kHickory) fabric.base = rgb(0xe8e2d2), fabric.second = rgb(0x33476b);
  if (fabric.pattern == Pattern::kLace) fabric.second = lighter(fabric.base, 0.6);
  if (fabric.pattern == Pattern::kCamo)
    fabric.base = rgb(0x78805a), fabric.second = rgb(0x4c5638), fabric.third = rgb(0xa8966c);
  fabric.scale = random.uniform(0.8, 1.3);
  fabric.seed = random.next();
  return fabric;
}

}  // namespace

Outfit choose_outfit(const Wardrobe& wardrobe, bool feminine, std::uint8_t first_part, Random& random) {
  Outfit outfit;
  std::uint8_t part = first_part;
  const auto wear = [&](const GarmentPiece& piece, const std::array<std::uint32_t, 9>& colors) {
    Worn worn;
    worn.cut = &find_cut(piece.cut);
    const bool neutral = random.uniform() < kNeutralShare;
    const std::uint32_t hex = neutral ? kNeutrals[random.below(std::size(kNeutrals))] : pick(colors, random);
    worn.fabric = make_fabric(piece.patterns, vary(rgb(hex), random), wardrobe, random);
    worn.part = part++;
    worn.seed = random.next();
    return worn;
  };
  const auto everyday = [&] { return random.uniform() < kEverydayShare; };
  if (feminine && random.uniform() < wardrobe.dress_share / std::max(0.5, wardrobe.feminine_share)) {
    outfit.dress = wear(pick_piece(wardrobe.dresses, true, random), wardrobe.top_colors);
  } else {
    outfit.top =
        wear(everyday() ? pick_piece(kEverydayTops, feminine, random) : pick_piece(wardrobe.tops, feminine, random),
             wardrobe.top_colors);
    outfit.bottom = wear(
        everyday() ? pick_piece(kEverydayBottoms, feminine, random) : pick_piece(wardrobe.bottoms, feminine, random),
        wardrobe.bottom_colors);
    if (outfit.top->has(kOverShirt)) {
      outfit.under = wear({"oxford shirt", 1, bit(Pattern::kPlain)}, {0xfbfaf6, 0xbfd2e6, 0xf6e7c8});
    }
    const bool skirt = outfit.bottom->cut->lower.kind == LowerKind::kSkirt;
    const Upper& cut = outfit.top->cut->upper;
    outfit.tucked =
        cut.hem >= 46 && cut.ease < 2.2 && !outfit.top->has(kRibs) && random.uniform() < (skirt ? 0.85 : 0.4);
    if (outfit.bottom->has(kBib)) outfit.tucked = true;
  }
  const bool bulky = outfit.top && outfit.top->cut->upper.ease > 2.8;
  if (random.uniform() < wardrobe.outer_share * (bulky ? 0.6 : 1.0)) {
    outfit.outer = wear(pick_piece(wardrobe.outers, feminine, random), wardrobe.outer_colors);
    outfit.outer->open = random.uniform() < 0.68;
    outfit.outer->gap = random.uniform(2.0, 4.6);
    if (outfit.outer->cut->upper.neck == Neck::kShawl) outfit.outer->open = true;
    if (outfit.bottom && outfit.bottom->has(kBib)) outfit.outer->open = true;
    // A closed long coat must not hide all that is under it.
    const Lower& lower = outfit.bottom ? outfit.bottom->cut->lower : outfit.dress->cut->lower;
    const double end = lower.kind == LowerKind::kSkirt ? lower.length : mix(49, 96, lower.length);
    if (end < outfit.outer->cut->upper.hem + 4) outfit.outer->open = true;
  }
  Extras& extras = outfit.extras;
  extras.shoes = pick(wardrobe.shoes, random);
  if (!feminine && (extras.shoes == Shoes::kHeels || extras.shoes == Shoes::kFlats ||
                    extras.shoes == Shoes::kMaryJanes || extras.shoes == Shoes::kSandals))
    extras.shoes = Shoes::kLoafers;
  extras.hat = wardrobe.hats[random.below(wardrobe.hats.size())];
  if (!feminine && (extras.hat == Hat::kBow || extras.hat == Hat::kHeadband || extras.hat == Hat::kHeadscarf))
    extras.hat = Hat::kNone;
  extras.bag = wardrobe.bags[random.below(wardrobe.bags.size())];
  extras.shoe_color = vary(rgb(pick(wardrobe.shoe_colors, random)), random);
  extras.hat_color =
      extras.hat == Hat::kStraw
          ? rgb(0xe2c48a)
          : vary(rgb(pick(random.uniform() < 0.5 ? wardrobe.outer_colors : wardrobe.top_colors, random)), random);
  extras.bag_color =
      extras.bag == Bag::kBasket
          ? rgb(0xcf9f5f)
          : vary(rgb(random.uniform() < 0.5 ? pick(wardrobe.accents, random) : pick(wardrobe.outer_colors, random)),
                 random);
  extras.accent = rgb(pick(wardrobe.accents, random));
  const bool bare = extras.shoes == Shoes::kHeels || extras.shoes == Shoes::kSandals || extras.shoes == Shoes::kBoots;
  extras.socks = random.uniform() < 0.4 && !bare;
  extras.sock_color = random.uniform() < 0.6 ? rgb(0xf6f4ee) : vary(rgb(pick(wardrobe.top_colors, random)), random);
  extras.glasses = random.uniform() < 0.12;
  extras.sunglasses = !extras.glasses && random.uniform() < 0.1;
  extras.earrings = feminine && random.uniform() < 0.4;
  return outfit;
}

}  // namespace ootd::render
