#include "ootd/detect/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ootd/base/random.h"

namespace ootd {
namespace {

constexpr int kClothSamples = 2500, kAroundSamples = 800, kSkinSamples = 200;
constexpr int kClusters = 8, kRounds = 8;
constexpr float kRing = 0.2f;   // width of the ring around the box, in the box's sides
constexpr float kLike = 12;     // Lab distance within which a pixel elsewhere has a cluster's colour
constexpr float kLikeSkin = 7;  // closer: camel and beige are near every skin
// How much a colour around the box, of what is worn over it, and of the face speaks against it inside.
constexpr float kRingWeight = 2, kOverWeight = 8, kSkinWeight = 2;
constexpr float kLeft = 0.1f;  // boxes in front leave at least this share of the weight, or are ignored

struct Sample {
  Lab color;
  float weight = 1;
};

// What of the image a box covers, in whole pixels.
struct Window {
  int left, top, right, bottom;  // right and bottom are outside
  Window(const Box& b, const Image& image)
      : left(side(b.x, image.width)),
        top(side(b.y, image.height)),
        right(side(std::ceil(b.right()), image.width)),
        bottom(side(std::ceil(b.bottom()), image.height)) {}
  bool empty() const { return right <= left || bottom <= top; }

 private:
  static int side(float v, int most) {  // NaN is 0
    return v > 0 ? static_cast<int>(std::min(v, static_cast<float>(most))) : 0;
  }
};

// About `count` pixels of the window on a regular grid; weight(x, y) of 0 leaves one out.
template <class Weight>
std::vector<Sample> sample(const Image& image, const Window& window, int count, Weight weight) {
  std::vector<Sample> samples;
  if (window.empty()) return samples;
  const double area = static_cast<double>(window.right - window.left) * (window.bottom - window.top);
  const double step = std::max(1.0, std::sqrt(area / count));
  for (double y = window.top + (step - 1) / 2; y < window.bottom; y += step)
    for (double x = window.left + (step - 1) / 2; x < window.right; x += step) {
      const float w = weight(static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f);
      if (!(w > 0)) continue;
      const std::uint8_t* rgb = image.row(static_cast<int>(y)) + 3 * static_cast<std::ptrdiff_t>(x);
      samples.push_back({lab_of(rgb[0], rgb[1], rgb[2]), w});
    }
  return samples;
}

bool holds(const Box& b, float x, float y) { return x >= b.x && x < b.right() && y >= b.y && y < b.bottom(); }
bool in_one_of(std::span<const Box> boxes, float x, float y) {
  return std::any_of(boxes.begin(), boxes.end(), [&](const Box& b) { return holds(b, x, y); });
}

float square_distance(const Lab& p, const Lab& q) {
  const float l = p.l - q.l, a = p.a - q.a, b = p.b - q.b;
  return l * l + a * a + b * b;
}

struct Cluster {
  Lab color;
  float weight = 0;
};

std::size_t nearest(const Lab& color, std::span<const Cluster> clusters, float& square) {
  std::size_t best = 0;
  square = square_distance(color, clusters[0].color);
  for (std::size_t c = 1; c < clusters.size(); ++c)
    if (const float d = square_distance(color, clusters[c].color); d < square) square = d, best = c;
  return best;
}

// k-means++ (Arthur & Vassilvitskii 2007) with a fixed seed, then Lloyd's rounds. Fewer than k clusters if there are
// fewer colours.
std::vector<Cluster> k_means(std::span<const Sample> samples, int k) {
  Random random(1);
  std::vector<Cluster> clusters;
  std::vector<float> far(samples.size(), 1);  // square distance to the nearest centre
  while (static_cast<int>(clusters.size()) < k) {
    double all = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) all += samples[i].weight * far[i];
    if (all < 1e-3) break;
    double ticket = random.uniform() * all;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < samples.size() && ticket >= 0; ++i) {
      if (far[i] > 0) chosen = i;
      ticket -= samples[i].weight * far[i];
    }
    clusters.push_back({samples[chosen].color, 0});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const float d = square_distance(samples[i].color, clusters.back().color);
      far[i] = clusters.size() == 1 ? d : std::min(far[i], d);
    }
  }
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::array<double, 4>> sums(clusters.size());
    for (const Sample& s : samples) {
      float square = 0;
      auto& sum = sums[nearest(s.color, clusters, square)];
      const double w = s.weight;
      sum[0] += w, sum[1] += w * s.color.l, sum[2] += w * s.color.a, sum[3] += w * s.color.b;
    }
    for (std::size_t c = 0; c < clusters.size(); ++c) {
      clusters[c].weight = static_cast<float>(sums[c][0]);
      if (sums[c][0] > 0)
        clusters[c].color = {static_cast<float>(sums[c][1] / sums[c][0]), static_cast<float>(sums[c][2] / sums[c][0]),
                             static_cast<float>(sums[c][3] / sums[c][0])};
    }
  }
  return clusters;
}

// The share of the samples that have each cluster's colour, up to a distance in Lab.
std::vector<float> shares_of(std::span<const Sample> samples, std::span<const Cluster> clusters, float like) {
  std::vector<float> shares(clusters.size());
  for (const Sample& s : samples) {
    float square = 0;
    const std::size_t c = nearest(s.color, clusters, square);
    if (square < like * like) shares[c] += 1 / static_cast<float>(samples.size());
  }
  return shares;
}

std::vector<Sample> cloth(const Image& image, const Box& garment, std::span<const Box> in_front) {
  // Epanechnikov's kernel over the box: nothing at its edges, most in the middle.
  const auto inner = [&](float x, float y) {
    const float u = 2 * (x - garment.x) / garment.w - 1, v = 2 * (y - garment.y) / garment.h - 1;
    return std::max(0.0f, 1 - u * u) * std::max(0.0f, 1 - v * v);
  };
  const Window window(garment, image);
  std::vector<Sample> all = sample(image, window, kClothSamples, inner);
  if (in_front.empty()) return all;
  const auto weight = [](std::span<const Sample> samples) {
    double sum = 0;
    for (const Sample& s : samples) sum += s.weight;
    return sum;
  };
  std::vector<Sample> seen = sample(image, window, kClothSamples,
                                    [&](float x, float y) { return in_one_of(in_front, x, y) ? 0 : inner(x, y); });
  return weight(seen) >= kLeft * weight(all) ? seen : all;
}

std::vector<Sample> ring(const Image& image, const Box& garment, std::span<const Box> in_front) {
  const float dx = kRing * garment.w, dy = kRing * garment.h;
  const Box outside{garment.x - dx, garment.y - dy, garment.w + 2 * dx, garment.h + 2 * dy};
  return sample(image, Window(outside, image), kAroundSamples,
                [&](float x, float y) { return holds(garment, x, y) || in_one_of(in_front, x, y) ? 0.0f : 1.0f; });
}

// Where those clothes are seen alone: beside the garment's box, and in their own box's ellipse, which leaves the street
// at its corners out.
std::vector<Sample> worn_over(const Image& image, const Box& garment, std::span<const Box> over) {
  std::vector<Sample> all;
  for (const Box& box : over) {
    const auto seen = sample(image, Window(box, image), kAroundSamples, [&](float x, float y) {
      const float u = 2 * (x - box.x) / box.w - 1, v = 2 * (y - box.y) / box.h - 1;
      return holds(garment, x, y) || u * u + v * v > 1 ? 0.0f : 1.0f;
    });
    all.insert(all.end(), seen.begin(), seen.end());
  }
  return all;
}

// Of the face, which lies in the upper middle of a standing person's box. The rule for skin is that of Chai & Ngan 1999
// in YCbCr; what it says matters in the face only, for camel and beige cloth have these colours too.
std::vector<Sample> skin(const Image& image, const Box& person) {
  const Box face{person.x + 0.3f * person.w, person.y + 0.03f * person.h, 0.4f * person.w, 0.12f * person.h};
  return sample(image, Window(face, image), kSkinSamples, [&](float x, float y) {
    const std::uint8_t* p = image.row(static_cast<int>(y)) + 3 * static_cast<std::ptrdiff_t>(x);
    const float r = p[0], g = p[1], b = p[2];
    const float cb = 128 - 0.168736f * r - 0.331264f * g + 0.5f * b,
                cr = 128 + 0.5f * r - 0.418688f * g - 0.081312f * b;
    return cb >= 77 && cb <= 127 && cr >= 133 && cr <= 173 ? 1.0f : 0.0f;
  });
}

Lab mean(std::span<const Cluster> clusters) {
  float weight = 0;
  Lab sum;
  for (const Cluster& c : clusters) {
    weight += c.weight;
    sum.l += c.weight * c.color.l, sum.a += c.weight * c.color.a, sum.b += c.weight * c.color.b;
  }
  return {sum.l / weight, sum.a / weight, sum.b / weight};
}

// The nearest two groups become one while they are shades of one colour.
std::vector<std::vector<Cluster>> merge(std::span<const Cluster> clusters, float threshold) {
  std::vector<std::vector<Cluster>> groups;
  for (const Cluster& c : clusters) groups.push_back({c});
  for (;;) {
    float least = threshold;
    std::size_t a = 0, b = 0;
    for (std::size_t i = 0; i < groups.size(); ++i)
      for (std::size_t j = i + 1; j < groups.size(); ++j)
        if (const float d = ciede2000(mean(groups[i]), mean(groups[j])); d < least) least = d, a = i, b = j;
    if (a == b) return groups;
    groups[a].insert(groups[a].end(), groups[b].begin(), groups[b].end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(b));
  }
}

// Folds and shadows only darken: cloth is named by its lighter half.
Lab lit(std::vector<Cluster> shades) {
  const float middle = mean(shades).l;
  std::erase_if(shades, [&](const Cluster& c) { return c.color.l < middle - 1; });
  return mean(shades);
}

}  // namespace

std::vector<PaletteColor> garment_palette(const Image& image, const Box& garment, const Surroundings& around,
                                          const PaletteOptions& options) {
  const std::vector<Sample> samples = cloth(image, garment, around.in_front);
  if (samples.empty()) return {};
  std::vector<Cluster> clusters = k_means(samples, kClusters);
  const std::vector<float> beside = shares_of(ring(image, garment, around.in_front), clusters, kLike);
  const std::vector<float> over = shares_of(worn_over(image, garment, around.over), clusters, kLike);
  const std::vector<float> bare =
      shares_of(around.person ? skin(image, *around.person) : std::vector<Sample>(), clusters, kLikeSkin);
  float all = 0;
  for (const Cluster& c : clusters) all += c.weight;
  float kept = 0;
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    // The chance that a pixel of this colour is cloth, if cloth fills the box as the colour does. Nothing is ever ruled
    // out: of a white shirt before a white wall, white is left.
    const float share = clusters[c].weight / all;
    const float others = kRingWeight * beside[c] + kOverWeight * over[c] + kSkinWeight * bare[c];
    clusters[c].weight = share > 0 ? share * share / (share + others) : 0;
    kept += clusters[c].weight;
  }
  std::erase_if(clusters, [](const Cluster& c) { return c.weight <= 0; });
  std::vector<PaletteColor> palette;
  for (const auto& shades : merge(clusters, options.merge)) {
    float weight = 0;
    for (const Cluster& c : shades) weight += c.weight;
    const Lab color = lit(shades);
    palette.push_back({color, weight / kept, name_color(color)});
  }
  std::stable_sort(palette.begin(), palette.end(),
                   [](const PaletteColor& p, const PaletteColor& q) { return p.share > q.share; });
  while (palette.size() > 1 &&
         (static_cast<int>(palette.size()) > options.colors || palette.back().share < options.min_share))
    palette.pop_back();
  return palette;
}

Surroundings surroundings_of(std::span<const Garment> clothes, std::size_t which, const std::optional<Box>& person) {
  Surroundings around;
  around.person = person;
  const std::string& mine = clothes[which].category;
  for (std::size_t i = 0; i < clothes.size(); ++i) {
    if (i == which || clothes[i].category == mine) continue;
    if (mine == "outer" || mine == "bottom") around.in_front.push_back(clothes[i].box);
    if (mine != "outer" && clothes[i].category == "outer") around.over.push_back(clothes[i].box);
  }
  return around;
}

}  // namespace ootd
