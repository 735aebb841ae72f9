#include "ootd/ingest/boxes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "ootd/base/error.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  return parse_number(value.get<std::string>());
}

// A run-length code counts pixels column by column, first those outside.
std::optional<Box> box_of_runs(const std::vector<std::int64_t>& runs, std::int64_t height, std::int64_t width) {
  if (height <= 0 || width <= 0) return std::nullopt;
  std::int64_t at = 0, left = width, right = -1, top = height, bottom = -1;
  for (std::size_t i = 0; i < runs.size(); at += runs[i], ++i) {
    if (runs[i] < 0 || runs[i] > height * width - at) return std::nullopt;
    if (i % 2 == 0 || runs[i] == 0) continue;
    const std::int64_t last = at + runs[i] - 1;
    left = std::min(left, at / height);
    right = std::max(right, last / height);
    const bool one_column = at / height == last / height;
    top = std::min(top, one_column ? at % height : 0);
    bottom = std::max(bottom, one_column ? last % height : height - 1);
  }
  if (right < left) return std::nullopt;
  return Box{static_cast<float>(left), static_cast<float>(top), static_cast<float>(right - left + 1),
             static_cast<float>(bottom - top + 1)};
}

// pycocotools' text: six bits a letter, the low five of them the number's, little end first; from the third number on
// what it is more than the one two before.
std::vector<std::int64_t> unpacked_runs(std::string_view text) {
  std::vector<std::int64_t> runs;
  for (std::size_t i = 0; i < text.size();) {
    std::int64_t value = 0;
    for (int shift = 0; i < text.size() && shift < 60; shift += 5) {
      const int bits = text[i++] - 48;
      value |= static_cast<std::int64_t>(bits & 0x1f) << shift;
      if ((bits & 0x20) != 0) continue;
      if ((bits & 0x10) != 0) value |= -(std::int64_t{1} << (shift + 5));
      break;
    }
    if (runs.size() > 2) value += runs[runs.size() - 2];
    runs.push_back(value);
  }
  return runs;
}

// EXIF 5..8: the upright photo has the stored bitmap's rows as columns. width, height: the stored bitmap's.
Box turned(const Box& box, int orientation, float width, float height) {
  const bool from_right = orientation == 7 || orientation == 8, from_bottom = orientation == 6 || orientation == 7;
  const float x = from_right ? width - box.right() : box.x, y = from_bottom ? height - box.bottom() : box.y;
  return {y, x, box.h, box.w};
}

// Two sizes of one picture, either of them rounded to whole pixels.
bool same_shape(double w, double h, double width, double height) {
  return std::min({std::abs(w * height / width - h), std::abs(h * width / height - w), std::abs(width * h / w - height),
                   std::abs(height * w / h - width)}) <= 1;
}

}  // namespace

Box box_of(const Json& values, const std::string& field, double unit) {
  if (values.is_string()) return box_of(parse_json(values.get_ref<const std::string&>(), field), field, unit);
  constexpr double kMaxSide = 1e6;  // pixels; more is no picture, and could not be a float exactly
  std::array<double, 4> sides = {};
  bool sane = values.is_array() && values.size() == 4;
  for (std::size_t i = 0; sane && i < 4; ++i) {
    const auto number = number_of(values[i]);
    sane = number && std::abs(*number * unit) <= kMaxSide;
    if (sane) sides[i] = *number * unit;
  }
  if (!sane || sides[2] <= 0 || sides[3] <= 0)
    throw Error(Kind::kInput, "field \"" + field + "\" must be [x, y, width, height] with positive sides");
  return {static_cast<float>(sides[0]), static_cast<float>(sides[1]), static_cast<float>(sides[2]),
          static_cast<float>(sides[3])};
}

std::optional<Box> box_of_points(const std::vector<double>& points) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  double left = kFar, top = kFar, right = -kFar, bottom = -kFar;
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    left = std::min(left, points[i]);
    right = std::max(right, points[i]);
    top = std::min(top, points[i + 1]);
    bottom = std::max(bottom, points[i + 1]);
  }
  if (!(right > left && bottom > top)) return std::nullopt;
  return Box{static_cast<float>(left), static_cast<float>(top), static_cast<float>(right - left),
             static_cast<float>(bottom - top)};
}

std::optional<Box> box_of_segmentation(const Json& segmentation) {
  if (segmentation.is_array()) {
    std::vector<double> points;
    for (const Json& polygon : segmentation) {
      if (!polygon.is_array() || polygon.size() % 2 != 0) return std::nullopt;
      for (const Json& value : polygon) {
        const auto number = number_of(value);
        if (!number) return std::nullopt;
        points.push_back(*number);
      }
    }
    return box_of_points(points);
  }
  if (!segmentation.is_object()) return std::nullopt;
  const auto counts = segmentation.find("counts"), size = segmentation.find("size");
  if (counts == segmentation.end() || size == segmentation.end() || !size->is_array() || size->size() != 2)
    return std::nullopt;
  const auto height = number_of((*size)[0]), width = number_of((*size)[1]);
  if (!height || !width || *height > 1e6 || *width > 1e6) return std::nullopt;
  std::vector<std::int64_t> runs;
  if (counts->is_string()) {
    runs = unpacked_runs(counts->get_ref<const std::string&>());
  } else if (counts->is_array()) {
    for (const Json& value : *counts) {
      const auto number = number_of(value);
      if (!number || std::abs(*number) > 1e12) return std::nullopt;
      runs.push_back(static_cast<std::int64_t>(*number));
    }
  }
  return box_of_runs(runs, static_cast<std::int64_t>(*height), static_cast<std::int64_t>(*width));
}

void fit_boxes(Listed& listed, const ImageHeader& photo, Tallies& boxes) {
  if (listed.garments.empty()) return;
  const Frame& frame = listed.frame;
  const double width = photo.width, height = photo.height;
  double across = 1, down = 1;  // from the frame to the photo
  bool turn = false;
  if (frame.unit == Frame::Unit::kFraction) {
    across = width;
    down = height;
  } else if (frame.unit == Frame::Unit::kBitmap) {
    const bool on_its_side = photo.orientation >= 5;
    const bool upright = same_shape(frame.width, frame.height, width, height);
    turn = on_its_side && !upright && same_shape(frame.width, frame.height, height, width);
    if (!upright && !turn) {
      add_to(boxes, "other_shape", listed.where, static_cast<std::int64_t>(listed.garments.size()));
      listed.garments.clear();
      return;
    }
    across = (turn ? height : width) / frame.width;
    down = (turn ? width : height) / frame.height;
  }
  const Box whole{0, 0, static_cast<float>(width), static_cast<float>(height)};
  const bool scaled = frame.unit == Frame::Unit::kBitmap && (across != 1 || down != 1);
  std::erase_if(listed.garments, [&](Garment& garment) {
    Box& box = garment.box;
    box = {static_cast<float>(box.x * across), static_cast<float>(box.y * down), static_cast<float>(box.w * across),
           static_cast<float>(box.h * down)};
    if (turn) box = turned(box, photo.orientation, static_cast<float>(photo.height), static_cast<float>(photo.width));
    const Box inside = intersect(box, whole);
    const bool outside = inside.area() <= 0;
    if (outside || inside.w < kSmallestSide || inside.h < kSmallestSide) {
      add_to(boxes, outside ? "outside" : "too_small", listed.where);
      return true;
    }
    if (turn) add_to(boxes, "turned", listed.where);
    if (scaled) add_to(boxes, "scaled", listed.where);
    constexpr float kRounding = 0.5f;  // pixels that a file may be off without anything being wrong
    if (std::max(box.w - inside.w, box.h - inside.h) > kRounding) add_to(boxes, "clipped", listed.where);
    if (inside.w != box.w || inside.h != box.h) box = inside;
    return false;
  });
}

void unite_garments(std::vector<Garment>& garments, const std::vector<Garment>& more) {
  for (const Garment& garment : more)
    if (std::ranges::none_of(garments, [&](const Garment& known) {
          return known.box == garment.box && known.category == garment.category &&
                 known.fine_category == garment.fine_category;
        }))
      garments.push_back(garment);
}

}  // namespace ootd
