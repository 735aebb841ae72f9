// From a detector's folder to its OpenVINO graph, for one picture. Private to this folder and its tests: it shows
// OpenVINO's types.
#pragma once

#include <memory>
#include <openvino/openvino.hpp>

#include "ootd/models/detector_model.h"

namespace ootd {

// In: [1, H, W, 3] bytes, RGB; H and W are open for kShortestEdge. Of networks that give boxes in pixels of the picture
// also [1, 2] int64, its width and height. A mask of real pixels, where a network wants one, is made inside: all are.
// Out: float32, each under its name. Throws Error(kInput) naming the file and what does not fit.
std::shared_ptr<ov::Model> detector_graph(const DetectorModel& model);

}  // namespace ootd
