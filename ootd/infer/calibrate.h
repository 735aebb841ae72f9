// Finds out how a network can run in int8 on the user's own pictures: each layer's range, the layers that must stay as
// they were, and what it costs in quality and brings in speed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ootd/infer/quantization.h"
#include "ootd/models/model.h"

namespace ootd {

struct CalibrationOptions {
  double target = 0.998;                           // mean cosine to the f32 vectors on pictures that gave no ranges
  int speed_ms = 300;                              // of measuring a precision, in each of five turns
  std::function<void(const std::string&)> notice;  // told what is being done
};

inline constexpr std::size_t kMinCalibrationPictures = 16;

// pictures: each as Session::run takes them. Every second one gives ranges, the others judge them. photos_sha256 is
// left to the caller, who knows the files. Cost: some compilations of the network and forward passes of all pictures;
// where layers hurt, one compilation for each layer.
// Throws Error(kInput) if there are too few pictures, or the network is an ONNX file.
Quantization calibrate(const Model& model, std::span<const std::vector<std::uint8_t>> pictures,
                       const CalibrationOptions& options = {});

}  // namespace ootd
