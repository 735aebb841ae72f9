// From a checkpoint to the OpenVINO graph of one of its towers, for one picture or one text. Private to this folder and
// its tests: it shows OpenVINO's types.
#pragma once

#include <memory>
#include <openvino/openvino.hpp>

#include "ootd/infer/graph_ops.h"
#include "ootd/models/model.h"

namespace ootd {

// In: [1, H, W, 3] bytes, RGB. Out: [1, dim] floats of length 1. Mean and std are part of the graph, so serving cannot
// normalise in another way than training did. Checks the weights against the architecture first.
// Throws Error(kInput) listing what does not fit.
// quantization: int8 as GraphOps builds it, with the head in f32; observer: sees the backbone's layers.
std::shared_ptr<ov::Model> image_graph(const Model& model, const Quantization* quantization = nullptr,
                                       const GraphOps::Observer& observer = {});

// In: [1, T] int64 token numbers. Out: [1, dim] floats of length 1. Throws kInput if the model has no text tower.
std::shared_ptr<ov::Model> text_graph(const Model& model, const Quantization* quantization = nullptr);

}  // namespace ootd
