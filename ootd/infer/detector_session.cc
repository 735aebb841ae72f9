#include "ootd/infer/detector_session.h"

#include <cstring>
#include <openvino/openvino.hpp>

#include "ootd/base/error.h"
#include "ootd/infer/detector_graph.h"
#include "ootd/infer/request_pool.h"

namespace ootd {

DetectorSession::DetectorSession(const DetectorModel& model, const SessionOptions& options) {
  if (options.precision == Precision::kInt8)
    throw Error(Kind::kInput, model.id + ": detectors run in f32 or bf16, not in int8");
  const auto graph = detector_graph(model);
  for (const auto& output : graph->outputs())
    output_names_.push_back(output.get_names().empty() ? "" : output.get_any_name());
  pool_ = std::make_unique<RequestPool>(graph, options);
}

DetectorSession::~DetectorSession() = default;

int DetectorSession::streams() const { return pool_->streams(); }

std::vector<NamedFloats> DetectorSession::run(std::span<const std::uint8_t> pixels, int width, int height,
                                              int picture_width, int picture_height) const {
  std::vector<NamedFloats> outputs;
  pool_->lend([&](ov::InferRequest& request) {
    const ov::CompiledModel compiled = request.get_compiled_model();  // `inputs` is a part of it
    const auto& inputs = compiled.inputs();
    const ov::Shape shape = {1, static_cast<std::size_t>(height), static_cast<std::size_t>(width), 3};
    if (pixels.size() != ov::shape_size(shape) || !inputs[0].get_partial_shape().compatible(shape))
      throw Error(Kind::kInternal, "a detector was given pixels of the wrong size");
    ov::Tensor in = request.get_input_tensor(0);
    if (in.get_shape() != shape) in.set_shape(shape);
    std::memcpy(in.data(), pixels.data(), pixels.size());
    if (inputs.size() > 1) {
      auto* size = request.get_input_tensor(1).data<std::int64_t>();
      size[0] = picture_width;
      size[1] = picture_height;
    }
    request.infer();
    for (std::size_t i = 0; i < output_names_.size(); ++i) {
      const ov::Tensor out = request.get_output_tensor(i);
      const float* values = out.data<float>();
      outputs.push_back({.name = output_names_[i],
                         .shape = {out.get_shape().begin(), out.get_shape().end()},
                         .values = {values, values + out.get_size()}});
    }
  });
  return outputs;
}

}  // namespace ootd
