#include <chrono>
#include <map>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/detect/palette.h"

namespace ootd::bench {
namespace {

constexpr std::uint64_t kFirstSeed = 100'000;  // the constants of the palette were chosen on the looks 0 to 399

struct Tally {
  int garments = 0, name = 0, basic = 0, among = 0;
  double difference = 0;
};

// Against the colour that the renderer dyed the cloth with; light and folds change it a little, near a border of two
// names enough to make it the other.
void judge(const RenderedGarment& garment, const std::vector<PaletteColor>& palette, Tally& tally) {
  const Lab truth = lab_of(static_cast<std::uint8_t>(garment.color >> 16),
                           static_cast<std::uint8_t>(garment.color >> 8), static_cast<std::uint8_t>(garment.color));
  const ColorName name = name_color(truth);
  bool among = false;
  for (const PaletteColor& color : palette) among |= color.name.name == name.name;
  ++tally.garments;
  tally.name += palette[0].name.name == name.name;
  tally.basic += palette[0].name.basic == name.basic;
  tally.among += among;
  tally.difference += ciede2000(palette[0].color, truth);
}

}  // namespace

void palette(const Options& options) {
  for (const bool background : {true, false}) {
    std::map<std::string, Tally> tallies;
    std::vector<double> times;
    for (int i = 0; i < options.count; ++i) {
      const auto seed = kFirstSeed + static_cast<std::uint64_t>(i);
      const Look look = render_look(kStyles[seed % kStyles.size()], seed, seed + 1'000'003, {.background = background});
      std::vector<Garment> clothes;
      for (const RenderedGarment& g : look.garments) clothes.push_back({g.category, g.fine_category, 1, g.box});
      for (std::size_t k = 0; k < clothes.size(); ++k) {
        if (look.garments[k].area < 400) continue;  // a collar, a hem
        const auto start = std::chrono::steady_clock::now();
        const auto found = garment_palette(look.image, clothes[k].box, surroundings_of(clothes, k, look.person));
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
        if (found.empty()) throw Error(Kind::kInternal, "a drawn garment without a colour");
        judge(look.garments[k], found, tallies["all"]);
        judge(look.garments[k], found, tallies[clothes[k].category]);
        judge(look.garments[k], found, tallies[look.garments[k].plain ? "plain" : "patterned"]);
      }
    }
    for (const auto& [group, tally] : tallies)
      RowPrinter("palette")
          .add("background", background ? "drawn" : "plain")
          .add("garments", group)
          .add("n", std::to_string(tally.garments))
          .add("name", tally.name / static_cast<double>(tally.garments), 3)
          .add("basic", tally.basic / static_cast<double>(tally.garments), 3)
          .add("among_3", tally.among / static_cast<double>(tally.garments), 3)
          .add("ciede2000", tally.difference / tally.garments)
          .add("ms", spread_of(times), 3)
          .print();
  }
}

}  // namespace ootd::bench
