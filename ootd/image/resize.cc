#include "ootd/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/simd.h"

namespace ootd {
namespace {

using Byte = std::uint8_t;

constexpr int kFractionBits = 32 - 8 - 2;  // as Pillow: 8 bits of pixel, 2 of overshoot

double bilinear(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

// As Pillow rounds, for x >= 0.
int nearest(double x) { return static_cast<int>(x + 0.5); }  // NOLINT(bugprone-incorrect-roundings)

// For each output position of one axis, the inputs first..first + count - 1 and their fixed-point weights.
struct Weights {
  struct Span {
    int first, count;
  };
  std::vector<Span> spans;
  int stride = 0;  // of `values`, per output position
  std::vector<std::int32_t> values;

  int outputs() const { return static_cast<int>(spans.size()); }
  const std::int32_t* of(int i) const { return values.data() + static_cast<std::size_t>(i) * stride; }
  int first_input() const { return spans.front().first; }
  int end_input() const { return spans.back().first + spans.back().count; }
};

// The outputs begin..begin + count - 1 of an axis of `in` pixels resized to `out`.
Weights make_weights(int in, int out, int begin, int count, Interpolation filter) {
  const double scale = static_cast<double>(in) / out;
  const double widening = std::max(scale, 1.0);
  const double radius = (filter == Interpolation::kBicubic ? 2.0 : 1.0) * widening;
  const double inverse = 1.0 / widening;
  Weights weights;
  weights.stride = static_cast<int>(std::ceil(radius)) * 2 + 1;
  weights.spans.resize(count);
  weights.values.resize(static_cast<std::size_t>(count) * weights.stride);
  std::vector<double> exact(weights.stride);
  for (int i = 0; i < count; ++i) {
    const double center = (begin + i + 0.5) * scale;
    const int first = std::max(0, nearest(center - radius));
    const int taps = std::min(in, nearest(center + radius)) - first;
    double sum = 0;
    for (int j = 0; j < taps; ++j) {
      const double x = (j + first - center + 0.5) * inverse;
      exact[j] = filter == Interpolation::kBicubic ? bicubic(x) : bilinear(x);
      sum += exact[j];
    }
    std::int32_t* values = weights.values.data() + static_cast<std::size_t>(i) * weights.stride;
    for (int j = 0; j < taps; ++j) {
      const double w = (sum != 0 ? exact[j] / sum : exact[j]) * (1 << kFractionBits);
      values[j] = w < 0 ? -nearest(-w) : nearest(w);
    }
    weights.spans[i] = {first, taps};
  }
  return weights;
}

constexpr int kLanes = 32;

// out[x] = the weighted sum of the lines' bytes at x, 0 <= x < size; lines are `stride` bytes apart. Both passes end
// here: as the sum runs over lines, neighbouring bytes share a weight and fill the vector registers.
OOTD_SIMD_CLONES void weighted_sum(const Byte* lines, std::size_t stride, const std::int32_t* weights, int taps,
                                   Byte* out, int size) {
  constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);
  int begin = 0;
  for (; begin + kLanes <= size; begin += kLanes) {
    std::int32_t sums[kLanes];
    for (int x = 0; x < kLanes; ++x) sums[x] = kHalf;
    const Byte* line = lines + begin;
    for (int j = 0; j < taps; ++j, line += stride) {
      const std::int32_t weight = weights[j];
      for (int x = 0; x < kLanes; ++x) sums[x] += line[x] * weight;
    }
    for (int x = 0; x < kLanes; ++x) out[begin + x] = static_cast<Byte>(std::clamp(sums[x] >> kFractionBits, 0, 255));
  }
  for (; begin < size; ++begin) {
    std::int32_t sum = kHalf;
    for (int j = 0; j < taps; ++j) sum += lines[begin + j * stride] * weights[j];
    out[begin] = static_cast<Byte>(std::clamp(sum >> kFractionBits, 0, 255));
  }
}

constexpr std::size_t kTile = 16;

// One register of any CPU; the shuffles below are one instruction each (SSE2 punpck, NEON zip).
using Vector = Byte __attribute__((vector_size(kTile)));

// Interleaving line i with line i + 8 four times transposes 16 lines of 16 bytes.
void transpose_tile(const Byte* from, std::size_t from_stride, Byte* to, std::size_t to_stride) {
  Vector a[kTile], b[kTile];
  for (std::size_t i = 0; i < kTile; ++i) std::memcpy(&a[i], from + i * from_stride, kTile);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < kTile / 2; ++i) {
      const Vector x = a[i], y = a[i + kTile / 2];
      b[2 * i] = __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      b[2 * i + 1] = __builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    std::memcpy(a, b, sizeof(a));
  }
  for (std::size_t i = 0; i < kTile; ++i) std::memcpy(to + i * to_stride, &a[i], kTile);
}

// to[column][row] = from[row][column]
void transpose(const Byte* from, std::size_t from_stride, std::size_t rows, std::size_t columns, Byte* to,
               std::size_t to_stride) {
  for (std::size_t row = 0; row < rows; row += kTile) {
    for (std::size_t column = 0; column < columns; column += kTile) {
      const Byte* source = from + row * from_stride + column;
      Byte* target = to + column * to_stride + row;
      if (row + kTile <= rows && column + kTile <= columns) {
        transpose_tile(source, from_stride, target, to_stride);
        continue;
      }
      for (std::size_t i = 0; i < std::min(kTile, rows - row); ++i)
        for (std::size_t j = 0; j < std::min(kTile, columns - column); ++j)
          target[j * to_stride + i] = source[i * from_stride + j];
    }
  }
}

// `in` starts at row `top` of the picture that the weights count in.
Image resample_columns(const Image& in, int top, const Weights& weights) {
  Image out{.width = in.width, .height = weights.outputs(), .rgb = {}};
  const int size = in.width * 3;
  out.rgb.resize(static_cast<std::size_t>(out.height) * size);
  for (int y = 0; y < out.height; ++y)
    weighted_sum(in.row(weights.spans[y].first - top), size, weights.of(y), weights.spans[y].count, out.row(y), size);
  return out;
}

// The rows top..bottom - 1 only. Turns strips of kLanes rows on their side, so that pixels to be summed lie in lines,
// and turns the sums back.
Image resample_rows(const Image& in, int top, int bottom, const Weights& weights) {
  Image out{.width = weights.outputs(), .height = bottom - top, .rgb = {}};
  out.rgb.resize(static_cast<std::size_t>(out.width) * out.height * 3);
  constexpr std::size_t kUpended = std::size_t{3} * kLanes;  // a column of pixels: kLanes bytes of each channel
  const std::size_t in_stride = std::size_t{3} * in.width, out_stride = std::size_t{3} * out.width;
  const int first = weights.first_input(), columns = weights.end_input() - first;
  std::vector<Byte> upended(columns * kUpended), sums(out.width * kUpended);
  for (int y = top; y < bottom; y += kLanes) {
    const std::size_t rows = std::min(kLanes, bottom - y);
    transpose(in.row(y) + std::size_t{3} * first, in_stride, rows, std::size_t{3} * columns, upended.data(), kLanes);
    for (int x = 0; x < out.width; ++x)
      weighted_sum(upended.data() + (weights.spans[x].first - first) * kUpended, kUpended, weights.of(x),
                   weights.spans[x].count, sums.data() + x * kUpended, kUpended);
    transpose(sums.data(), kLanes, out_stride, rows, out.row(y - top), out_stride);
  }
  return out;
}

// Pillow's rules; they look at the whole picture, so that a window comes out the same.
bool vertical_first(const Image& in, int width, int height, PassOrder order) {
  const std::int64_t less_width = std::int64_t{in.width} - width, less_height = std::int64_t{in.height} - height;
  switch (order) {
    case PassOrder::kHorizontalFirst:  // but for ribbons: Image.py of Pillow 12
      return less_height > 0 && in.height > std::int64_t{100} * in.width;
    case PassOrder::kPillow13:  // Resample.c of Pillow 13
      return less_height > 0 && less_height > 2 * less_width;
  }
  return false;
}

}  // namespace

Image resize(const Image& image, int width, int height, Interpolation filter, PassOrder order) {
  return resize_window(image, width, height, {.left = 0, .top = 0, .width = width, .height = height}, filter, order);
}

Image resize_window(const Image& image, int width, int height, const Window& window, Interpolation filter,
                    PassOrder order) {
  const auto size = [](int w, int h) { return std::to_string(w) + "x" + std::to_string(h); };
  if (image.empty()) throw Error(Kind::kInput, "an image without pixels cannot be resized");
  if (width <= 0 || height <= 0)
    throw Error(Kind::kInput, "cannot resize to " + size(width, height) + ": both sides must be positive");
  if (window.left < 0 || window.top < 0 || window.width <= 0 || window.height <= 0 ||
      window.width > width - window.left || window.height > height - window.top)
    throw Error(Kind::kInput, "the window of " + size(window.width, window.height) + " at " +
                                  size(window.left, window.top) + " does not lie in " + size(width, height));

  const Weights horizontal = make_weights(image.width, width, window.left, window.width, filter);
  const Weights vertical = make_weights(image.height, height, window.top, window.height, filter);
  if (vertical_first(image, width, height, order)) {
    const Image flat = resample_columns(image, 0, vertical);
    return resample_rows(flat, 0, flat.height, horizontal);
  }
  const int top = vertical.first_input();
  return resample_columns(resample_rows(image, top, vertical.end_input(), horizontal), top, vertical);
}

Image crop(const Image& image, const Box& box) {
  const double right = static_cast<double>(box.x) + box.w, bottom = static_cast<double>(box.y) + box.h;
  if (!std::isfinite(box.x) || !std::isfinite(box.y) || !std::isfinite(right) || !std::isfinite(bottom))
    throw Error(Kind::kInput, "cannot crop to a box that is not finite");
  const double x0 = std::max(0.0, std::floor(static_cast<double>(box.x)));
  const double y0 = std::max(0.0, std::floor(static_cast<double>(box.y)));
  const double x1 = std::min<double>(image.width, std::ceil(right));
  const double y1 = std::min<double>(image.height, std::ceil(bottom));
  if (x0 >= x1 || y0 >= y1) throw Error(Kind::kInput, "the box to crop to lies outside the image");
  Image out{.width = static_cast<int>(x1 - x0), .height = static_cast<int>(y1 - y0), .rgb = {}};
  out.rgb.resize(static_cast<std::size_t>(out.width) * out.height * 3);
  for (int y = 0; y < out.height; ++y)
    std::memcpy(out.row(y), image.row(static_cast<int>(y0) + y) + static_cast<std::size_t>(x0) * 3,
                std::size_t{3} * out.width);
  return out;
}

}  // namespace ootd
