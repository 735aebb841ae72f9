#include "ootd/detect/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ootd/base/random.h"

namespace ootd {
namespace {

constexpr int kClothSamples = 2500, kAroundSamples = 800, kSkinSamples = 200;
constexpr int kClusters = 8, kRounds = 8;
constexpr float kRing = 0.2f;          // width of the ring around the box, in the box's sides
constexpr float kLike = 12;            // Lab distance within which a pixel around the box has a cluster's colour
constexpr float kAroundWeight = 1.5f;  // how much a colour around the box speaks against it inside
constexpr float kSkinWeight = 2;
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

// The share of the samples that have each cluster's colour.
std::vector<float> shares_of(std::span<const Sample> samples, std::span<const Cluster> clusters) {
  std::vector<float> shares(clusters.size());
  for (const Sample& s : samples) {
    float square = 0;
    const std::size_t c = nearest(s.color, clusters, square);
    if (square < kLike * kLike) shares[c] += 1 / static_cast<float>(samples.size());
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

std::vector<Sample> around(const Image& image, const Box& garment, std::span<const Box> in_front) {
  const float dx = kRing * garment.w, dy = kRing * garment.h;
  const Box outside{garment.x - dx, garment.y - dy, garment.w + 2 * dx, garment.h + 2 * dy};
  return sample(image, Window(outside, image), kAroundSamples,
                [&](float x, float y) { return holds(garment, x, y) || in_one_of(in_front, x, y) ? 0.0f : 1.0f; });
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

// The nearest two become one while they are shades of one colour; the largest first.
void merge(std::vector<Cluster>& clusters, float threshold) {
  for (;;) {
    float least = threshold;
    std::size_t a = 0, b = 0;
    for (std::size_t i = 0; i < clusters.size(); ++i)
      for (std::size_t j = i + 1; j < clusters.size(); ++j)
        if (const float d = ciede2000(clusters[i].color, clusters[j].color); d < least) least = d, a = i, b = j;
    if (a == b) break;
    Cluster &into = clusters[a], &from = clusters[b];
    const float t = from.weight / (into.weight + from.weight);
    into.color = {std::lerp(into.color.l, from.color.l, t), std::lerp(into.color.a, from.color.a, t),
                  std::lerp(into.color.b, from.color.b, t)};
    into.weight += from.weight;
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(b));
  }
  std::stable_sort(clusters.begin(), clusters.end(),
                   [](const Cluster& p, const Cluster& q) { return p.weight > q.weight; });
}

}  // namespace

std::vector<PaletteColor> garment_palette(const Image& image, const Box& garment, std::span<const Box> in_front,
                                          const std::optional<Box>& person, const PaletteOptions& options) {
  const std::vector<Sample> samples = cloth(image, garment, in_front);
  if (samples.empty()) return {};
  std::vector<Cluster> clusters = k_means(samples, kClusters);
  const std::vector<float> beside = shares_of(around(image, garment, in_front), clusters);
  const std::vector<float> bare = shares_of(person ? skin(image, *person) : std::vector<Sample>(), clusters);
  float all = 0;
  for (const Cluster& c : clusters) all += c.weight;
  float kept = 0;
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    // The chance that a pixel of this colour is cloth, if cloth fills the box as the colour does. Nothing is ever ruled
    // out: of a white shirt before a white wall, white is left.
    const float share = clusters[c].weight / all;
    clusters[c].weight = share > 0 ? share * share / (share + kAroundWeight * beside[c] + kSkinWeight * bare[c]) : 0;
    kept += clusters[c].weight;
  }
  std::erase_if(clusters, [](const Cluster& c) { return c.weight <= 0; });
  merge(clusters, options.merge);
  std::vector<PaletteColor> palette;
  for (const Cluster& c : clusters) {
    const float share = c.weight / kept;
    if (static_cast<int>(palette.size()) == options.colors || (!palette.empty() && share < options.min_share)) break;
    palette.push_back({c.color, share, name_color(c.color)});
  }
  return palette;
}

std::vector<Box> boxes_in_front(std::span<const Garment> clothes, std::size_t which) {
  const std::string& mine = clothes[which].category;
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < clothes.size(); ++i) {
    const std::string& other = clothes[i].category;
    const bool inner = mine == "outer" && other != "outer", over = mine == "bottom" && other != "bottom";
    if (i != which && (inner || over)) boxes.push_back(clothes[i].box);
  }
  return boxes;
}

}  // namespace ootd
