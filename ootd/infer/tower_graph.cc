#include "ootd/infer/tower_graph.h"

#include <openvino/opsets/opset13.hpp>

#include "ootd/base/error.h"
#include "ootd/infer/graph_ops.h"
#include "ootd/infer/pixel_input.h"

namespace ootd {
namespace {

namespace op = ov::opset13;
using Tensor = ov::Output<ov::Node>;

std::shared_ptr<ov::Model> finished(const Tensor& output, const std::shared_ptr<op::Parameter>& input,
                                    const std::string& name) {
  return std::make_shared<ov::Model>(ov::OutputVector{output}, ov::ParameterVector{input}, name);
}

// The embedding among a foreign graph's outputs: by one of its usual names, else the only one that is a matrix.
Tensor find_embedding(ov::Model& graph, const std::vector<std::string>& names, const std::string& file) {
  const auto value = [](const Tensor& result) { return result.get_node()->input_value(0); };
  for (const auto& name : names)
    for (const auto& output : graph.outputs())
      if (output.get_names().contains(name)) return value(output);
  std::vector<Tensor> matrices;
  std::string known;
  for (const auto& output : graph.outputs()) {
    const auto& shape = output.get_partial_shape();
    if (output.get_element_type().is_real() && shape.rank().is_static() && shape.size() == 2 && shape[1].is_static())
      matrices.push_back(value(output));
    known += " " + (output.get_names().empty() ? "?" : *output.get_names().begin()) + shape.to_string();
  }
  if (matrices.size() == 1) return matrices.front();
  throw Error(Kind::kInput,
              file + ": no output called " + names.front() + " and not just one [N, width]; it has:" + known);
}

// Reads an ONNX tower and lets it compute from `input`, which takes the place of its only input. Its [1, width] output.
Tensor foreign_tower(const std::filesystem::path& file, const Tensor& input, const std::vector<std::string>& outputs) {
  std::shared_ptr<ov::Model> graph;
  try {
    graph = ov::Core().read_model(file.string());
    if (graph->inputs().size() != 1)
      throw Error(Kind::kInput, file.string() + ": wants " + std::to_string(graph->inputs().size()) +
                                    " inputs; a tower takes pixel_values or input_ids alone");
    graph->reshape(ov::PartialShape(input.get_shape()));
  } catch (const ov::Exception& problem) {
    throw Error(Kind::kInput, file.string() + ": OpenVINO cannot read it for an input of " +
                                  input.get_partial_shape().to_string() + ": " + problem.what());
  }
  const auto parameter = graph->get_parameters().front();
  Tensor given = input;
  if (parameter->get_element_type() != input.get_element_type())
    given = std::make_shared<op::Convert>(input, parameter->get_element_type());
  Tensor output = find_embedding(*graph, outputs, file.string());
  parameter->output(0).replace(given);
  if (output.get_element_type() != ov::element::f32) output = std::make_shared<op::Convert>(output, ov::element::f32);
  return output;
}

const std::filesystem::path& onnx_file(const std::vector<std::filesystem::path>& files, std::size_t tower,
                                       const Model& model) {
  if (tower >= files.size())
    throw Error(Kind::kInput, model.folder.string() + ": config.json names no ONNX file for its " +
                                  (tower == 0 ? "image" : "text") + " tower");
  return files[tower];
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
  const Tensor features =
      std::holds_alternative<OnnxTowers>(model.config.network)
          ? foreign_tower(onnx_file(model.onnx_files(), 0, model), input, {"image_embeds", "pooler_output"})
          : features_forward(ops, input, model.config.network);
  return finished(head_forward(head_ops, features, model.config), pixels, model.id);
}

std::shared_ptr<ov::Model> text_graph(const Model& model, const Quantization* quantization) {
  if (!model.config.text || !has_text_tower(model.config.network)) throw Error(Kind::kInput, no_text_tower(model));
  const Weights weights = open_weights(model);
  const auto length = static_cast<std::size_t>(model.config.text->length);
  const auto ids = std::make_shared<op::Parameter>(ov::element::i64, ov::Shape{1, length});
  GraphOps ops(weights, quantization), head_ops(weights);
  const Tensor features =
      std::holds_alternative<OnnxTowers>(model.config.network)
          ? foreign_tower(onnx_file(model.onnx_files(), 1, model), ids->output(0), {"text_embeds", "pooler_output"})
          : siglip_text_forward(ops, ids->output(0), std::get<SiglipConfig>(model.config.network));
  return finished(head_forward(head_ops, features, model.config), ids, model.id + " text");
}

}  // namespace ootd
