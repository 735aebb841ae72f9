#include "tools/render/look.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "tools/render/backgrounds.h"
#include "tools/render/look_layers.h"
#include "tools/render/styles.h"

namespace ootd::render {
namespace {

constexpr int kMinSide = 64, kMaxSide = 8192;

// Independent streams of one seed, so that a change in one thing (a new hat) leaves the others as they were.
enum Stream : std::uint8_t {
  kBodyStream = 1,
  kPoseStream,
  kClothesStream,
  kPlaceStream,
  kLightStream,
  kBackgroundStream
};

Random stream(std::uint64_t seed, Stream which) {
  Random mixed(seed ^ (static_cast<std::uint64_t>(which) * 0xd1b54a32d192ed03));
  return Random(mixed.next());
}

// The figure's units to pixels: feet on the ground, all of it inside the frame.
cairo_matrix_t place(const LookOptions& options, Random& random) {
  const double w = options.width, h = options.height;
  const double tall = std::min(h * random.uniform(0.66, 0.92), w * 1.9);
  const double floor = std::max(h * random.uniform(0.93, 0.975), tall * 1.045);
  const double reach = 26 * tall / 100;
  const double x = reach < w / 2 ? std::clamp(w * (0.5 + 0.13 * random.normal()), reach, w - reach) : w / 2;
  cairo_matrix_t matrix;
  cairo_matrix_init_translate(&matrix, x, floor);
  cairo_matrix_rotate(&matrix, std::clamp(random.normal() * 0.012, -0.03, 0.03));
  cairo_matrix_scale(&matrix, tall / 100, tall / 100);
  cairo_matrix_translate(&matrix, 0, -100);
  return matrix;
}

void draw_ground_shadow(Canvas& canvas, const Figure& f) {
  cairo_t* cr = canvas.ink();
  cairo_save(cr);
  cairo_translate(cr, (f.ankle[0].x + f.ankle[1].x) / 2 + 2, 99.2);
  cairo_scale(cr, 1, 0.15);
  const Gradient shadow(cairo_pattern_create_radial(0, 0, 0, 0, 0, 20));
  cairo_pattern_add_color_stop_rgba(shadow.get(), 0, 0.05, 0.03, 0.1, 0.6);
  cairo_pattern_add_color_stop_rgba(shadow.get(), 1, 0.05, 0.03, 0.1, 0);
  cairo_set_source(cr, shadow.get());
  ellipse({}, 20, 20).trace(cr);
  cairo_fill(cr);
  cairo_restore(cr);
}

bool has_pockets(const Outfit& o) {
  const auto pockets = [](const std::optional<Worn>& worn) {
    return worn && (worn->has(kHipPockets) || worn->has(kKangaroo) || worn->has(kCargo));
  };
  return pockets(o.bottom) || pockets(o.outer) || pockets(o.top) || pockets(o.dress);
}

void draw_person(Canvas& canvas, const Figure& f, const Outfit& o, Random& random) {
  const auto extras = [&](auto draw) {
    canvas.set_part(kExtrasPart);
    draw(canvas, f, o.extras);
  };
  const auto body = [&](auto draw) {
    canvas.set_part(kBodyPart);
    draw(canvas, f);
  };
  body(draw_back_hair);
  extras(draw_behind);
  if (o.outer) draw_back(canvas, f, *o.outer);
  if (o.top) draw_back(canvas, f, *o.top);
  if (o.dress) draw_back(canvas, f, *o.dress);
  body(draw_torso);
  body(draw_legs);
  const Worn* lower = o.bottom ? &*o.bottom : o.dress ? &*o.dress : nullptr;
  const bool over_shoes = lower != nullptr && lower->cut->lower.length > 0.94 && lower->cut->lower.length < 2;
  if (over_shoes) extras(draw_shoes);
  if (o.dress) draw_lower(canvas, f, *o.dress);
  if (o.under) draw_upper(canvas, f, *o.under);
  if (o.top && o.tucked) draw_upper(canvas, f, *o.top);
  if (o.bottom) draw_lower(canvas, f, *o.bottom);
  if (o.top && !o.tucked) draw_upper(canvas, f, *o.top);
  if (o.dress) draw_upper(canvas, f, *o.dress);
  if (!over_shoes) extras(draw_shoes);
  if (o.outer) draw_upper(canvas, f, *o.outer);
  extras(draw_on_body);
  for (int side = 0; side < 2; ++side) {
    canvas.set_part(kBodyPart);
    draw_arm(canvas, f, side);
    const double covered = o.outer ? o.outer->cut->upper.sleeve : 0;  // no sleeve bulges out from under a longer one
    for (const auto* worn : {&o.under, &o.top, &o.dress})
      if (*worn && (*worn)->cut->upper.sleeve > covered) draw_sleeve(canvas, f, **worn, side);
    if (o.outer) draw_sleeve(canvas, f, *o.outer, side);
  }
  canvas.set_part(kBodyPart);
  draw_head(canvas, f, random);
  extras(draw_on_top);
}

std::uint32_t hex_of(const Color& c) {
  const auto byte = [](double v) { return static_cast<std::uint32_t>(std::lrint(std::clamp(v, 0.0, 1.0) * 255)); };
  return byte(c.r) << 16 | byte(c.g) << 8 | byte(c.b);
}

// Threads, ribs and seams are shades of the cloth's own colour.
bool has_one_color(Pattern pattern) {
  return (bit(pattern) & (bit(Pattern::kPlain) | bit(Pattern::kKnit) | bit(Pattern::kCable) | bit(Pattern::kQuilted) |
                          bit(Pattern::kCord) | bit(Pattern::kSatin) | bit(Pattern::kDenim))) != 0;
}

struct Extent {
  int left = 1 << 30, top = 1 << 30, right = -1, bottom = -1, area = 0;
  void add(int x, int y) {
    left = std::min(left, x), top = std::min(top, y), right = std::max(right, x), bottom = std::max(bottom, y);
    ++area;
  }
  bool empty() const { return right < left; }
  Box box() const {
    return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(right - left + 1),
            static_cast<float>(bottom - top + 1)};
  }
};

// The light on the person belongs to the outfit's seed: what is behind must not change a pixel of the clothes.
struct Light {
  double gain, cast, slope, grain;
  explicit Light(Random& random)
      : gain(random.uniform(0.88, 1.06)),
        cast(random.uniform(-0.04, 0.04)),
        slope(random.uniform(-0.1, 0.1)),
        grain(random.uniform(0, 5)) {}
};

void put_person(Image& image, const Canvas& canvas, Random& random) {
  const Light light(random);
  const double gains[3] = {light.gain * (1 + light.cast), light.gain, light.gain * (1 - light.cast)};
  int stride = 0;
  const std::uint32_t* pixels = canvas.pixels(stride);
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* row = image.row(y);
    for (int x = 0; x < image.width; ++x) {
      const std::uint64_t bits = random.next();  // for every pixel: the grain does not depend on the outline
      const std::uint32_t p = pixels[static_cast<std::ptrdiff_t>(y) * stride + x];
      const std::uint32_t alpha = p >> 24;
      if (alpha == 0) continue;
      const double noise =
          (static_cast<double>(bits & 1023) + static_cast<double>(bits >> 10 & 1023) - 1023) / 1023 * light.grain;
      const double lit = 1 + light.slope * ((x + 0.5) / image.width - 0.5);
      for (int c = 0; c < 3; ++c) {
        const double ink =
            std::clamp((p >> (16 - 8 * c) & 255) * gains[c] * lit + noise * alpha / 255, 0.0, alpha * 1.0);
        row[3 * x + c] = static_cast<std::uint8_t>(std::lrint(ink + row[3 * x + c] * (255 - alpha) / 255.0));
      }
    }
  }
}

}  // namespace

void check_look_options(const LookOptions& options) {
  if (std::min(options.width, options.height) < kMinSide || std::max(options.width, options.height) > kMaxSide)
    throw Error(ootd::Kind::kInput, "a look of " + std::to_string(options.width) + " x " +
                                        std::to_string(options.height) + " px: each side must be " +
                                        std::to_string(kMinSide) + " to " + std::to_string(kMaxSide) + " px");
}

LookLayers render_layers(std::string_view style, std::uint64_t outfit_seed, std::uint64_t background_seed,
                         const LookOptions& options) {
  const Wardrobe& wardrobe = find_wardrobe(style);
  check_look_options(options);
  Random body_random = stream(outfit_seed, kBodyStream), pose_random = stream(outfit_seed, kPoseStream);
  Random clothes_random = stream(outfit_seed, kClothesStream), place_random = stream(outfit_seed, kPlaceStream);
  Random light_random = stream(outfit_seed, kLightStream);
  const Body body = random_body(wardrobe.feminine_share, body_random);
  Figure figure = random_figure(body, pose_random);
  const Outfit outfit = choose_outfit(wardrobe, body.curve > 0.5, kFirstGarmentPart, clothes_random);

  for (Hands& hands : figure.hands)
    if (hands == Hands::kPocket && !has_pockets(outfit)) hands = Hands::kRelaxed;

  Canvas canvas(options.width, options.height);
  canvas.transform(place(options, place_random));
  draw_ground_shadow(canvas, figure);
  draw_person(canvas, figure, outfit, clothes_random);

  LookLayers layers;
  Look& look = layers.look;
  look.style = style;
  const std::size_t n = static_cast<std::size_t>(options.width) * options.height;
  if (options.background) {
    Random background_random = stream(background_seed, kBackgroundStream);
    look.image = draw_background(options.width, options.height, background_random);
  } else {
    look.image = {options.width, options.height, std::vector<std::uint8_t>(n * 3, 222)};
  }
  put_person(look.image, canvas, light_random);

  std::array<Extent, 256> extents;
  Extent person;
  layers.mask.resize(n);
  layers.coverage.resize(n);
  int mask_stride = 0, stride = 0;
  const std::uint8_t* mask = canvas.mask(mask_stride);
  const std::uint32_t* pixels = std::as_const(canvas).pixels(stride);
  for (int y = 0; y < options.height; ++y)
    for (int x = 0; x < options.width; ++x) {
      const std::uint8_t part = mask[static_cast<std::ptrdiff_t>(y) * mask_stride + x];
      const std::size_t i = static_cast<std::size_t>(y) * options.width + x;
      layers.mask[i] = part;
      layers.coverage[i] = static_cast<std::uint8_t>(pixels[static_cast<std::ptrdiff_t>(y) * stride + x] >> 24);
      if (part == 0) continue;
      extents[part].add(x, y);
      person.add(x, y);
    }
  look.person = person.box();
  for (const auto& worn : {outfit.outer, outfit.top, outfit.under, outfit.bottom, outfit.dress})
    if (worn && !extents[worn->part].empty())
      look.garments.push_back({std::string(worn->cut->category), std::string(worn->cut->name),
                               extents[worn->part].box(), extents[worn->part].area, hex_of(worn->fabric.base),
                               has_one_color(worn->fabric.pattern)});
  return layers;
}

}  // namespace ootd::render

namespace ootd {

Look render_look(std::string_view style, std::uint64_t outfit_seed, std::uint64_t background_seed,
                 const LookOptions& options) {
  return render::render_layers(style, outfit_seed, background_seed, options).look;
}

}  // namespace ootd
