#include "ootd/infer/tower_graph.h"

#include <cmath>
#include <openvino/opsets/opset13.hpp>
#include <set>

#include "ootd/base/error.h"
#include "ootd/infer/graph_ops.h"
#include "ootd/infer/pixel_input.h"
#include "ootd/models/onnx_tower.h"

namespace ootd {
namespace {

namespace op = ov::opset13;
using Tensor = ov::Output<ov::Node>;

std::shared_ptr<ov::Model> finished(const Tensor& output, const std::shared_ptr<op::Parameter>& input,
                                    const std::string& name) {
  return std::make_shared<ov::Model>(ov::OutputVector{output}, ov::ParameterVector{input}, name);
}

// The parameters that `output` is computed from.
std::set<ov::Node*> parameters_of(const Tensor& output) {
  std::set<ov::Node*> seen, parameters;
  std::vector<ov::Node*> left = {output.get_node()};
  while (!left.empty()) {
    ov::Node* node = left.back();
    left.pop_back();
    if (!seen.insert(node).second) continue;
    if (ov::is_type<op::Parameter>(node)) parameters.insert(node);
    for (const auto& input : node->input_values()) left.push_back(input.get_node());
  }
  return parameters;
}

// Leaves away what the output does not need (another tower, scores of pairs) and the masks of texts, whose padding
// takes part in SigLIP and lies behind all that counts in CLIP. Then it has one input, the tower's.
std::shared_ptr<ov::Model> cut_out(ov::Model& graph, const OnnxTower& tower, std::int64_t length,
                                   const std::string& file) {
  const Tensor output = graph.output(tower.output.name).get_node()->input_value(0);
  for (const auto& parameter : graph.get_parameters()) {
    const auto& names = parameter->output(0).get_names();
    if (names.contains(tower.input.name) || !parameters_of(output).contains(parameter.get())) continue;
    const std::string name = names.empty() ? "without a name" : *names.begin();
    if (length == 0 || name.find("mask") == name.npos)
      throw Error(Kind::kInput, file + ": its output " + tower.output.name + " is computed from " + tower.input.name +
                                    " and from the input " + name + " too; a tower takes one");
    const ov::Shape shape = {1, static_cast<std::size_t>(length)};
    parameter->output(0).replace(op::Constant::create(parameter->get_element_type(), shape, {1}));
  }
  const auto input = ov::as_type_ptr<op::Parameter>(graph.input(tower.input.name).get_node_shared_ptr());
  return std::make_shared<ov::Model>(ov::OutputVector{output}, ov::ParameterVector{input});
}

// [1, width] of what a graph gives for a picture: a vector; the tokens of a transformer; the pixels of a CNN.
Tensor pooled(const Tensor& output, const std::string& where) {
  const auto& shape = output.get_partial_shape();
  const auto axes = [](const std::vector<std::int64_t>& values) {
    return op::Constant::create(ov::element::i64, ov::Shape{values.size()}, values);
  };
  if (shape.rank().is_static() && shape.size() == 2) return output;
  if (shape.rank().is_static() && shape.size() == 4) return std::make_shared<op::ReduceMean>(output, axes({2, 3}));
  if (shape.rank().is_static() && shape.size() == 3 && shape[1].is_static()) {
    // As many as a square has cells are patches alone; one or some more: the class token stands first.
    const auto tokens = static_cast<double>(shape[1].get_length()), side = std::round(std::sqrt(tokens));
    if (side * side == tokens) return std::make_shared<op::ReduceMean>(output, axes({1}));
    const auto first = op::Constant::create(ov::element::i64, ov::Shape{}, {0});
    return std::make_shared<op::Gather>(output, first, axes({1}));
  }
  throw Error(Kind::kInput, where + " is " + shape.to_string() + ", from which no vector can be made");
}

// Reads an ONNX tower and lets it compute from `input`, which takes the place of its own. Its [1, width] output.
Tensor foreign_tower(const std::filesystem::path& file, const Tensor& input, TowerKind kind) {
  const OnnxTower tower = find_tower(read_onnx_header(file), kind, file.string());
  const std::int64_t length = kind == TowerKind::kText ? static_cast<std::int64_t>(input.get_shape()[1]) : 0;
  std::shared_ptr<ov::Model> graph;
  try {
    graph = cut_out(*ov::Core().read_model(file.string()), tower, length, file.string());
    graph->reshape(ov::PartialShape(input.get_shape()));
  } catch (const ov::Exception& problem) {
    throw Error(Kind::kInput, file.string() + ": OpenVINO cannot read it for an input of " +
                                  input.get_partial_shape().to_string() + ": " + problem.what());
  }
  const auto parameter = graph->get_parameters().front();
  Tensor given = input;
  if (parameter->get_element_type() != input.get_element_type())
    given = std::make_shared<op::Convert>(input, parameter->get_element_type());
  Tensor output = graph->output().get_node()->input_value(0);
  parameter->output(0).replace(given);
  if (output.get_element_type() != ov::element::f32) output = std::make_shared<op::Convert>(output, ov::element::f32);
  return pooled(output, file.string() + ": its output " + tower.output.name);
}

// A text tower may lie in the image tower's file.
std::filesystem::path onnx_file(const Model& model, TowerKind kind) {
  const auto files = model.onnx_files();
  if (files.empty()) throw Error(Kind::kInput, model.folder.string() + ": config.json names no ONNX file");
  return kind == TowerKind::kImage ? files.front() : files.back();
}

}  // namespace

std::shared_ptr<ov::Model> image_graph(const Model& model, const Quantization* quantization,
                                       const GraphOps::Observer& observer) {
  const Weights weights = open_weights(model);
  const InputSpec& in = model.config.input;
  const auto height = static_cast<std::size_t>(in.height), width = static_cast<std::size_t>(in.width);
  const auto pixels = std::make_shared<op::Parameter>(ov::element::u8, ov::Shape{1, height, width, 3});
  const Tensor input = normalized_planes(pixels, in.mean, in.std);

  GraphOps ops(weights, quantization, observer), head_ops(weights);
  const Tensor features = std::holds_alternative<OnnxTowers>(model.config.network)
                              ? foreign_tower(onnx_file(model, TowerKind::kImage), input, TowerKind::kImage)
                              : features_forward(ops, input, model.config.network);
  return finished(head_forward(head_ops, features, model.config), pixels, model.id);
}

std::shared_ptr<ov::Model> text_graph(const Model& model, const Quantization* quantization) {
  if (!model.config.text || !has_text_tower(model.config.network)) throw Error(Kind::kInput, no_text_tower(model));
  const Weights weights = open_weights(model);
  const auto length = static_cast<std::size_t>(model.config.text->length);
  const auto ids = std::make_shared<op::Parameter>(ov::element::i64, ov::Shape{1, length});
  GraphOps ops(weights, quantization), head_ops(weights);
  const Tensor features = std::holds_alternative<OnnxTowers>(model.config.network)
                              ? foreign_tower(onnx_file(model, TowerKind::kText), ids->output(0), TowerKind::kText)
                              : text_features_forward(ops, ids->output(0), model.config.network);
  return finished(head_forward(head_ops, features, model.config), ids, model.id + " text");
}

}  // namespace ootd
