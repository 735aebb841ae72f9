#include "ootd/infer/detector_graph.h"

#include <map>
#include <openvino/opsets/opset13.hpp>
#include <string>

#include "ootd/base/error.h"
#include "ootd/infer/graph_ops.h"
#include "ootd/infer/pixel_input.h"
#include "ootd/models/detector_points.h"
#include "ootd/models/onnx_header.h"

namespace ootd {
namespace {

namespace op = ov::opset13;
using Tensor = ov::Output<ov::Node>;

constexpr const char* kPictureSize = "orig_target_sizes";
constexpr const char* kPixelMask = "pixel_mask";

// The inputs of a foreign graph by what they are for.
struct Inputs {
  std::shared_ptr<op::Parameter> pixels, mask, picture_size;
};

Inputs sort_inputs(const ov::Model& graph, const std::string& file) {
  Inputs inputs;
  std::string list;
  bool fits = true;
  for (const auto& parameter : graph.get_parameters()) {
    const auto& names = parameter->output(0).get_names();
    const auto& shape = parameter->get_partial_shape();
    const bool picture = shape.rank().is_static() && shape.size() == 4 && shape[1].compatible(3);
    auto& place = names.contains(kPictureSize) ? inputs.picture_size
                  : names.contains(kPixelMask) ? inputs.mask
                                               : inputs.pixels;
    fits = fits && place == nullptr && (picture || &place != &inputs.pixels);
    place = parameter;
    list += " " + (names.empty() ? "?" : *names.begin()) + shape.to_string();
  }
  if (!fits || inputs.pixels == nullptr)
    throw Error(Kind::kInput, file + ": a detector takes pictures [N, 3, H, W], and may take " + kPixelMask + " and " +
                                  kPictureSize + "; it wants:" + list);
  return inputs;
}

// `value` takes the place of an input of the graph, in the type that it has there.
void feed(const std::shared_ptr<op::Parameter>& input, Tensor value) {
  if (input->get_element_type() != value.get_element_type())
    value = std::make_shared<op::Convert>(value, input->get_element_type());
  input->output(0).replace(value);
}

// [1, H, W] ones beside pixels [1, H, W, 3].
Tensor all_real(const Tensor& pixels) {
  const auto integers = [](const ov::Shape& shape, const std::vector<std::int64_t>& values) {
    return op::Constant::create(ov::element::i64, shape, values);
  };
  const auto size =
      std::make_shared<op::Gather>(std::make_shared<op::ShapeOf>(pixels), integers({3}, {0, 1, 2}), integers({}, {0}));
  return std::make_shared<op::Broadcast>(integers({}, {1}), size);
}

std::shared_ptr<ov::Model> foreign_graph(const DetectorModel& model, const std::shared_ptr<op::Parameter>& pixels) {
  const std::string file = (model.folder / model.config.weights).string();
  const DetectorInput& in = model.config.input;
  const auto& size = pixels->get_partial_shape();
  std::shared_ptr<ov::Model> graph;
  Inputs inputs;
  try {
    graph = ov::Core().read_model(file);
    inputs = sort_inputs(*graph, file);
    std::map<Tensor, ov::PartialShape> shapes = {{inputs.pixels, {1, 3, size[1], size[2]}}};
    if (inputs.mask != nullptr) shapes[inputs.mask] = {1, size[1], size[2]};
    if (inputs.picture_size != nullptr) shapes[inputs.picture_size] = {1, 2};
    graph->reshape(shapes);
  } catch (const ov::Exception& problem) {
    throw Error(Kind::kInput,
                file + ": OpenVINO cannot read it for pictures of " + size.to_string() + ": " + problem.what());
  }
  feed(inputs.pixels, normalized_planes(pixels, in.mean, in.std, in.bgr));
  if (inputs.mask != nullptr) feed(inputs.mask, all_real(pixels));
  ov::ParameterVector parameters = {pixels};
  if (inputs.picture_size != nullptr) {
    parameters.push_back(std::make_shared<op::Parameter>(ov::element::i64, ov::Shape{1, 2}));
    feed(inputs.picture_size, parameters.back());
  }
  const OnnxHeader header = read_onnx_header(file);
  ov::OutputVector outputs;
  for (const auto& output : graph->outputs()) {
    // A node of its own for each, so that two names of one tensor stay two.
    const Tensor value = std::make_shared<op::Convert>(output.get_node()->input_value(0), ov::element::f32);
    // OpenVINO may know the tensor by the names of nodes before it, too.
    for (const auto& port : header.outputs)
      if (output.get_names().contains(port.name)) value.get_tensor().set_names({port.name});
    outputs.push_back(value);
  }
  return std::make_shared<ov::Model>(outputs, parameters, model.id);
}

}  // namespace

std::shared_ptr<ov::Model> detector_graph(const DetectorModel& model) {
  const DetectorInput& in = model.config.input;
  const bool open = in.fit == DetectorFit::kShortestEdge;
  const auto pixels = std::make_shared<op::Parameter>(
      ov::element::u8, open ? ov::PartialShape{1, -1, -1, 3} : ov::PartialShape{1, in.height, in.width, 3});
  if (model.config.family != DetectorFamily::kOotd) return foreign_graph(model, pixels);
  const DetectorNet& net = *model.config.network;
  const Weights weights(model.folder / model.config.weights);
  weights.check(detector_weights(net));
  GraphOps ops(weights);
  ov::OutputVector outputs;
  for (const Tensor& map : detector_forward(ops, normalized_planes(pixels, in.mean, in.std, in.bgr), net)) {
    map.get_tensor().set_names({"stride" + std::to_string(kDetectorStrides[outputs.size()])});
    outputs.push_back(map);
  }
  return std::make_shared<ov::Model>(outputs, ov::ParameterVector{pixels}, model.id);
}

}  // namespace ootd
