// From bytes to what a network sees, as part of its graph. Private to this folder: it shows OpenVINO's types.
#pragma once

#include <array>
#include <openvino/openvino.hpp>

namespace ootd {

// pixels: [1, H, W, 3] bytes, RGB -> [1, 3, H, W] floats, (v / 255 - mean) / std. bgr: the planes' order is reversed
// afterwards, so mean and std are those of red, green and blue in any case.
ov::Output<ov::Node> normalized_planes(const ov::Output<ov::Node>& pixels, const std::array<float, 3>& mean,
                                       const std::array<float, 3>& std, bool bgr = false);

}  // namespace ootd
