// Shoes, hats, glasses and bags: drawn, not boxed, part of the person. Internal to render.
#pragma once

#include <cstdint>
#include <string_view>

#include "tools/render/figure.h"

namespace ootd::render {

enum class Shoes : std::uint8_t {
  kNone,
  kSneakers,
  kChunky,
  kRunners,
  kHiking,
  kBoots,
  kLoafers,
  kHeels,
  kFlats,
  kMaryJanes,
  kSandals,
  kWorkBoots,
  kHighTops
};
enum class Hat : std::uint8_t { kNone, kCap, kBeanie, kBucket, kStraw, kBeret, kHeadband, kBow, kHeadscarf };
enum class Bag : std::uint8_t { kNone, kTote, kHandbag, kCrossbody, kBackpack, kBasket, kDuffle, kBelt };

struct Extras {
  Shoes shoes = Shoes::kSneakers;
  Hat hat = Hat::kNone;
  Bag bag = Bag::kNone;
  bool glasses = false, sunglasses = false, socks = false, earrings = false;
  Color shoe_color, hat_color, bag_color, sock_color, accent;
};

void draw_shoes(Canvas& canvas, const Figure& figure, const Extras& extras);
void draw_behind(Canvas& canvas, const Figure& figure, const Extras& extras);   // a backpack's body
void draw_on_body(Canvas& canvas, const Figure& figure, const Extras& extras);  // straps, before the arms
void draw_on_top(Canvas& canvas, const Figure& figure, const Extras& extras);   // bags in the hand, hats, glasses

}  // namespace ootd::render
