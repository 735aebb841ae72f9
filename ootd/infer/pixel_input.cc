#include "ootd/infer/pixel_input.h"

#include <openvino/opsets/opset13.hpp>
#include <vector>

namespace ootd {

namespace op = ov::opset13;

ov::Output<ov::Node> normalized_planes(const ov::Output<ov::Node>& pixels, const std::array<float, 3>& mean,
                                       const std::array<float, 3>& std, bool bgr) {
  std::vector<float> offset, scale;
  for (std::size_t c = 0; c < 3; ++c) {
    offset.push_back(mean[c] * 255.0f);
    scale.push_back(1.0f / (std[c] * 255.0f));
  }
  const auto per_channel = [](const std::vector<float>& values) {
    return op::Constant::create(ov::element::f32, ov::Shape{1, 3, 1, 1}, values);
  };
  const auto integers = [](const std::vector<std::int64_t>& values) {
    return op::Constant::create(ov::element::i64, ov::Shape{values.size()}, values);
  };
  const auto floats = std::make_shared<op::Convert>(pixels, ov::element::f32);
  const auto planes = std::make_shared<op::Transpose>(floats, integers({0, 3, 1, 2}));
  const auto centred = std::make_shared<op::Subtract>(planes, per_channel(offset));
  const auto scaled = std::make_shared<op::Multiply>(centred, per_channel(scale));
  if (!bgr) return scaled;
  return std::make_shared<op::Gather>(scaled, integers({2, 1, 0}), integers({1}));
}

}  // namespace ootd
