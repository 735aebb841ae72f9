// Runs one forward function through GraphOps in fp32. Tests only.
#pragma once

#include <algorithm>
#include <memory>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <vector>

#include "ootd/infer/graph_ops.h"

namespace ootd::testing {

struct GraphResult {
  Shape shape;
  std::vector<float> values;
};

// batch: the values of an input of this shape (float, or int64_t for token ids), in C order; forward(GraphOps&, input)
// gives the output.
template <class Value, class Forward>
GraphResult run_graph(const Weights& weights, const Shape& shape, const Value* batch, const Forward& forward) {
  const auto input =
      std::make_shared<ov::opset13::Parameter>(ov::element::from<Value>(), ov::Shape(shape.begin(), shape.end()));
  GraphOps ops(weights);
  const auto model =
      std::make_shared<ov::Model>(ov::OutputVector{forward(ops, input->output(0))}, ov::ParameterVector{input});
  ov::Core core;
  auto request =
      core.compile_model(model, "CPU", ov::hint::inference_precision(ov::element::f32)).create_infer_request();
  std::copy(batch, batch + element_count(shape), request.get_input_tensor().data<Value>());
  request.infer();
  const auto output = request.get_output_tensor();
  return {Shape(output.get_shape().begin(), output.get_shape().end()),
          {output.data<float>(), output.data<float>() + output.get_size()}};
}

}  // namespace ootd::testing
