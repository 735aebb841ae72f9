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

// The graph of one forward function: forward(GraphOps&, input) gives the output. Weights are copied into it.
// Value: float, or int64_t for token ids.
template <class Value, class Forward>
std::shared_ptr<ov::Model> graph_of(const Weights& weights, const Shape& shape, const Forward& forward) {
  const auto input =
      std::make_shared<ov::opset13::Parameter>(ov::element::from<Value>(), ov::Shape(shape.begin(), shape.end()));
  GraphOps ops(weights);
  return std::make_shared<ov::Model>(ov::OutputVector{forward(ops, input->output(0))}, ov::ParameterVector{input});
}

// batch: the values of an input of the graph's shape, in C order.
template <class Value>
GraphResult run_graph(const std::shared_ptr<ov::Model>& graph, const Value* batch) {
  ov::Core core;
  auto request =
      core.compile_model(graph, "CPU", ov::hint::inference_precision(ov::element::f32)).create_infer_request();
  std::copy(batch, batch + request.get_input_tensor().get_size(), request.get_input_tensor().data<Value>());
  request.infer();
  const auto output = request.get_output_tensor();
  return {Shape(output.get_shape().begin(), output.get_shape().end()),
          {output.data<float>(), output.data<float>() + output.get_size()}};
}

template <class Value, class Forward>
GraphResult run_graph(const Weights& weights, const Shape& shape, const Value* batch, const Forward& forward) {
  return run_graph(graph_of<Value>(weights, shape, forward), batch);
}

}  // namespace ootd::testing
