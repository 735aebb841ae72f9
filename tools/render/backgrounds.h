// What is behind the person. Knows nothing of styles. Internal to render.
#pragma once

#include <array>
#include <string_view>

#include "ootd/base/random.h"
#include "ootd/image/image.h"
#include "tools/render/canvas.h"

namespace ootd::render {

// A scene is drawn 512 units high and `width` wide; the person stands at about y = 470..500.
struct Scene {
  Canvas& canvas;
  double width;
  Random& random;
  double hue = random.uniform();  // of the scene's colour scheme

  double at(double low, double high) { return random.uniform(low, high); }
  bool chance(double share) { return random.uniform() < share; }
  template <std::size_t N>
  Color one_of(const std::uint32_t (&colors)[N]) {
    return rgb(colors[random.below(N)]);
  }
  // Colours of one scheme (the hue, its neighbours, its complement and a triad), as people paint and shops decorate.
  double scheme_hue() {
    constexpr double kSteps[] = {0, 0.05, -0.06, 0.5, 0.46, 0.33};
    return hue + kSteps[random.below(6)] + at(-0.02, 0.02);
  }
  Color vivid() { return hsl(scheme_hue(), at(0.42, 0.85), at(0.38, 0.66)); }
  Color muted() { return hsl(scheme_hue(), at(0.08, 0.3), at(0.45, 0.85)); }
  Color wall() { return hsl(scheme_hue(), at(0.15, 0.55), at(0.42, 0.82)); }
  void glow(Point center, double radius, Color color, double alpha);
  void box(double x, double y, double w, double h, Color color, double corner = 0) {
    canvas.tint(rectangle(x, y, w, h, corner), color, 1);
  }
  void fade(double x, double y, double w, double h, Color top, Color bottom);  // a vertical gradient
};

struct Place {
  std::string_view name;
  void (*draw)(Scene& scene);
};
extern const std::array<Place, 12> kPlaces;

// One of kPlaces with random light, blur and grain.
Image draw_background(int width, int height, Random& random);

// The places. outdoors.cc
void draw_street(Scene& scene);
void draw_crossing(Scene& scene);
void draw_park(Scene& scene);
void draw_beach(Scene& scene);
void draw_brick_wall(Scene& scene);
void draw_shop_front(Scene& scene);
// indoors.cc
void draw_cafe(Scene& scene);
void draw_subway(Scene& scene);
void draw_room(Scene& scene);
void draw_gallery(Scene& scene);
void draw_studio(Scene& scene);
void draw_mural(Scene& scene);
// props.cc: x, y is where the thing stands
void draw_car(Scene& scene, double x, double y, double size);
void draw_tree(Scene& scene, double x, double y, double size);
void draw_lamp(Scene& scene, double x, double y, double size);
void draw_bicycle(Scene& scene, double x, double y, double size);
void draw_plant(Scene& scene, double x, double y, double size);
void draw_chair(Scene& scene, double x, double y, double size);
void draw_bench(Scene& scene, double x, double y, double size);
void draw_sign(Scene& scene, double x, double y, double w, double h);  // a plate with lettering
void draw_poster(Scene& scene, double x, double y, double w, double h);
void draw_windows(Scene& scene, double x, double y, double w, double h, double pitch);

}  // namespace ootd::render
