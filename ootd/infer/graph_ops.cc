#include "ootd/infer/graph_ops.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <openvino/opsets/opset13.hpp>
#include <string>

namespace ootd {
namespace {

namespace op = ov::opset13;
using Tensor = GraphOps::Tensor;

GraphOps::Tensor integers(const std::vector<std::int64_t>& values) {
  return op::Constant::create(ov::element::i64, ov::Shape{values.size()}, values);
}

template <class Op, class... Args>
GraphOps::Tensor make(Args&&... args) {
  return std::make_shared<Op>(std::forward<Args>(args)...)->output(0);
}

GraphOps::Tensor constant(const std::vector<float>& values, const Shape& shape) {
  return op::Constant::create(ov::element::f32, ov::Shape(shape.begin(), shape.end()), values);
}

GraphOps::Tensor scalar(float value) { return constant({value}, {}); }

// The transpose of a matrix of the other shape.
std::vector<float> transposed(const std::vector<float>& values, const Shape& shape) {
  const auto rows = static_cast<std::size_t>(shape[0]), columns = static_cast<std::size_t>(shape[1]);
  std::vector<float> turned(values.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      turned[row * columns + column] = values[column * rows + row];
  return turned;
}

// One number for each output channel: the largest magnitude among its weights, 1 if all are 0. The shape has as many
// leading dimensions of channels (2 in grouped convolutions) as `leading` says, the others are 1.
GraphOps::Tensor magnitudes(const std::vector<float>& values, Shape shape, std::size_t leading, float factor) {
  std::int64_t channels = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) i < leading ? channels *= shape[i] : shape[i] = 1;
  const std::size_t row = values.size() / static_cast<std::size_t>(channels);
  std::vector<float> largest;
  for (std::size_t begin = 0; begin < values.size(); begin += row) {
    float magnitude = 0;
    for (std::size_t i = begin; i < begin + row; ++i) magnitude = std::max(magnitude, std::abs(values[i]));
    largest.push_back(factor * (magnitude > 0 ? magnitude : 1));
  }
  return constant(largest, shape);
}

// -127 .. 127 steps of each channel's own size.
GraphOps::Tensor fake_quantized_weights(const std::vector<float>& values, const Shape& shape, std::size_t leading) {
  const Tensor low = magnitudes(values, shape, leading, -1), high = magnitudes(values, shape, leading, 1);
  return make<op::FakeQuantize>(constant(values, shape), low, high, low, high, 255);
}

// The same steps as int8 numbers with their scale, [out, in]: the form that OpenVINO quantises activations for.
GraphOps::Tensor int8_weights(const std::vector<float>& values, const Shape& shape) {
  const auto row = static_cast<std::size_t>(shape[1]);
  const Tensor scales = magnitudes(values, shape, 1, 1.0f / 127);
  const auto* scale = ov::as_type_ptr<op::Constant>(scales.get_node_shared_ptr())->get_data_ptr<float>();
  std::vector<std::int8_t> steps;
  for (std::size_t i = 0; i < values.size(); ++i)
    steps.push_back(static_cast<std::int8_t>(std::lround(values[i] / scale[i / row])));
  const Tensor numbers = op::Constant::create(ov::element::i8, ov::Shape(shape.begin(), shape.end()), steps);
  return make<op::Multiply>(make<op::Convert>(numbers, ov::element::f32), scales);
}

}  // namespace

GraphOps::Tensor GraphOps::weight(std::string_view name, std::string_view suffix, const Shape& shape) {
  return constant(weights_.floats(std::string(name) + std::string(suffix), shape), shape);
}

int GraphOps::channels(const Tensor& x) const { return static_cast<int>(x.get_partial_shape()[1].get_length()); }

int GraphOps::width(const Tensor& x) const {
  const auto& shape = x.get_partial_shape();
  return static_cast<int>(shape[shape.size() - 1].get_length());
}

const Range* GraphOps::observed_range(const std::string& layer, const Tensor& input) {
  if (observer_) observer_(layer, input);
  if (quantization_ == nullptr) return nullptr;
  const auto found = quantization_->ranges.find(layer);
  return found == quantization_->ranges.end() ? nullptr : &found->second;
}

GraphOps::Tensor GraphOps::fake_quantized(const Tensor& x, const Range& range) {
  const Place place = {x.get_node(), x.get_index()};
  if (const auto found = quantized_.find(place); found != quantized_.end() && found->second.first == range)
    return found->second.second;
  const Tensor low = scalar(range.low), high = scalar(range.high);
  const Tensor y = make<op::FakeQuantize>(x, low, high, low, high, 256);
  quantized_.insert_or_assign(place, std::pair(range, y));
  return y;
}

GraphOps::Tensor GraphOps::quantized_form(const Tensor& x) const {
  const auto found = quantized_.find({x.get_node(), x.get_index()});
  return found == quantized_.end() ? x : found->second.second;
}

GraphOps::Tensor GraphOps::convolution(const Filled& filled) {
  const Conv& conv = filled.conv;
  const std::int64_t in = channels(filled.x), k = conv.kernel, groups = conv.groups;
  const auto stride = static_cast<std::size_t>(conv.stride);
  const ov::Strides strides{stride, stride}, dilations{1, 1};
  const ov::CoordinateDiff pads{conv.pad, conv.pad};
  const auto auto_pad = conv.padding == Padding::kSame ? ov::op::PadType::SAME_UPPER : ov::op::PadType::EXPLICIT;
  const auto& pixels = filled.x.get_partial_shape();
  const bool one_pixel = pixels[2] == 1 && pixels[3] == 1;
  const Range* range = one_pixel ? nullptr : observed_range(filled.name, filled.x);
  const Tensor x = range != nullptr ? fake_quantized(filled.x, *range) : filled.x;
  const Shape shape = groups == 1 ? Shape{conv.out, in, k, k} : Shape{groups, conv.out / groups, in / groups, k, k};
  const Tensor kernel = range != nullptr ? fake_quantized_weights(filled.kernel, shape, groups == 1 ? 1 : 2)
                                         : constant(filled.kernel, shape);
  const Tensor y = groups == 1 ? make<op::Convolution>(x, kernel, strides, pads, pads, dilations, auto_pad)
                               : make<op::GroupConvolution>(x, kernel, strides, pads, pads, dilations, auto_pad);
  return filled.bias.empty() ? y : make<op::Add>(y, constant(filled.bias, {1, conv.out, 1, 1}));
}

GraphOps::Tensor GraphOps::conv2d(const Tensor& x, std::string_view name, const Conv& conv) {
  Filled filled = {x, std::string(name), conv, {}, {}};
  filled.kernel =
      weights_.floats(filled.name + ".weight", {conv.out, channels(x) / conv.groups, conv.kernel, conv.kernel});
  if (conv.bias) filled.bias = weights_.floats(filled.name + ".bias", {conv.out});
  if (quantization_ == nullptr || conv.bias) return convolution(filled);
  // Not yet quantised: batch norm, which follows where there is no bias, changes the weights.
  Filled plain = filled;
  plain.name.clear();
  const Tensor y = convolution(plain);
  convolutions_.emplace(Place{y.get_node(), y.get_index()}, std::move(filled));
  replaced_.push_back(y);
  return y;
}

GraphOps::Tensor GraphOps::batch_norm(const Tensor& x, std::string_view name, float eps) {
  const Shape shape = {channels(x)};
  const auto found = convolutions_.find({x.get_node(), x.get_index()});
  if (found == convolutions_.end())
    return make<op::BatchNormInference>(x, weight(name, ".weight", shape), weight(name, ".bias", shape),
                                        weight(name, ".running_mean", shape), weight(name, ".running_var", shape), eps);
  const auto floats = [&](const char* suffix) { return weights_.floats(std::string(name) + suffix, shape); };
  const auto gamma = floats(".weight"), beta = floats(".bias"), mean = floats(".running_mean"),
             variance = floats(".running_var");
  Filled& filled = found->second;
  const std::size_t row = filled.kernel.size() / gamma.size();
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    const float scale = gamma[c] / std::sqrt(variance[c] + eps);
    for (std::size_t i = 0; i < row; ++i) filled.kernel[c * row + i] *= scale;
    filled.bias.push_back(beta[c] - mean[c] * scale);
  }
  return convolution(filled);
}

GraphOps::Tensor GraphOps::layer_norm(const Tensor& x, std::string_view name, float eps) {
  const Shape shape = {width(x)};
  const Tensor unit = make<op::MVN>(x, integers({-1}), true, eps, ov::op::MVNEpsMode::INSIDE_SQRT);
  return make<op::Add>(make<op::Multiply>(unit, weight(name, ".weight", shape)), weight(name, ".bias", shape));
}

GraphOps::Tensor GraphOps::linear(const Tensor& x, std::string_view name, const Linear& linear) {
  const std::string joint(1, linear.joint), layer(name);
  const Shape shape = {linear.out, width(x)};
  // A constant's product is computed once, when the graph is compiled.
  const bool fixed = ov::is_type<op::Constant>(x.get_node());
  const Range* range = fixed ? nullptr : observed_range(layer, x);
  const auto values = linear.matrix ? transposed(weights_.floats(layer, {shape[1], shape[0]}), shape)
                                    : weights_.floats(layer + joint + "weight", shape);
  const Tensor matrix = range != nullptr                     ? fake_quantized_weights(values, shape, 1)
                        : quantization_ != nullptr && !fixed ? int8_weights(values, shape)
                                                             : constant(values, shape);
  const Tensor y = make<op::MatMul>(range != nullptr ? fake_quantized(x, *range) : x, matrix, false, true);
  return linear.bias ? make<op::Add>(y, weight(name, joint + "bias", {linear.out})) : y;
}

GraphOps::Tensor GraphOps::tokens(const Tensor& x) {
  const Tensor rows = make<op::Reshape>(x, integers({0, channels(x), -1}), true);
  return make<op::Transpose>(rows, integers({0, 2, 1}));
}

GraphOps::Tensor GraphOps::token(const Tensor& x, int index) {
  const Tensor scalar = op::Constant::create(ov::element::i64, ov::Shape{}, {index});
  return make<op::Gather>(x, scalar, integers({1}));
}

GraphOps::Tensor GraphOps::prepend(const Tensor& x, const Tensor& token) {
  const Tensor rows = make<op::Gather>(make<op::ShapeOf>(x), integers({0}), integers({0}));
  const Tensor shape = make<op::Concat>(ov::OutputVector{rows, integers({1, width(x)})}, 0);
  return make<op::Concat>(ov::OutputVector{make<op::Broadcast>(token, shape), x}, 1);
}

GraphOps::Tensor GraphOps::token_of(const Tensor& x, const Tensor& ids, int id) {
  const std::int64_t tokens = channels(x);
  std::vector<std::int64_t> places(static_cast<std::size_t>(tokens));
  std::iota(places.begin(), places.end(), 0);
  const auto whole = [](std::int64_t value) { return op::Constant::create(ov::element::i64, ov::Shape{}, {value}); };
  const Tensor wanted = id < 0 ? make<op::ReduceMax>(ids, integers({1}), true) : Tensor(whole(id));
  const Tensor at = make<op::Select>(make<op::Equal>(ids, wanted), integers(places), whole(tokens));
  const Tensor first = make<op::FloorMod>(make<op::ReduceMin>(at, integers({1}), false), whole(tokens));
  return make<op::Gather>(x, first, integers({1}), 1);
}

GraphOps::Tensor GraphOps::attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads, Mask mask) {
  const auto split = [&](const Tensor& x) {  // [N, T, D] -> [N, heads, T, D / heads]
    const Tensor parts = make<op::Reshape>(x, integers({0, 0, heads, width(x) / heads}), true);
    return make<op::Transpose>(parts, integers({0, 2, 1, 3}));
  };
  const Tensor joined = make<op::ScaledDotProductAttention>(split(q), split(k), split(v), mask == Mask::kCausal);
  return make<op::Reshape>(make<op::Transpose>(joined, integers({0, 2, 1, 3})), integers({0, 0, width(v)}), true);
}

GraphOps::Tensor GraphOps::embedding(const Tensor& ids, std::string_view name, const Table& table) {
  return make<op::Gather>(weight(name, ".weight", {table.rows, table.width}), ids, integers({0}));
}

GraphOps::Tensor GraphOps::columns(const Tensor& x, int begin, int count) {
  return make<op::Slice>(x, integers({begin}), integers({begin + count}), integers({1}), integers({-1}));
}

GraphOps::Tensor GraphOps::activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return make<op::Relu>(x);
    case Activation::kRelu6:
      return make<op::Clamp>(x, 0.0, 6.0);
    case Activation::kSilu:
      return make<op::Swish>(x);
    case Activation::kSigmoid:
      return make<op::Sigmoid>(x);
    case Activation::kGelu:
      return make<op::Gelu>(x, ov::op::GeluApproximationMode::ERF);
    case Activation::kGeluTanh:
      return make<op::Gelu>(x, ov::op::GeluApproximationMode::TANH);
    case Activation::kQuickGelu:
      return make<op::Swish>(x, scalar(kQuickGeluSlope));
  }
  OPENVINO_THROW("unknown activation");
}

GraphOps::Tensor GraphOps::max_pool2d(const Tensor& x, const Pool& pool) {
  const auto kernel = static_cast<std::size_t>(pool.kernel), stride = static_cast<std::size_t>(pool.stride),
             pad = static_cast<std::size_t>(pool.pad);
  return make<op::MaxPool>(x, ov::Strides{stride, stride}, ov::Strides{1, 1}, ov::Shape{pad, pad}, ov::Shape{pad, pad},
                           ov::Shape{kernel, kernel});
}

GraphOps::Tensor GraphOps::upsample2x(const Tensor& x) {
  op::Interpolate::InterpolateAttrs nearest;
  nearest.mode = op::Interpolate::InterpolateMode::NEAREST;
  nearest.shape_calculation_mode = op::Interpolate::ShapeCalcMode::SCALES;
  nearest.coordinate_transformation_mode = op::Interpolate::CoordinateTransformMode::ASYMMETRIC;
  nearest.nearest_mode = op::Interpolate::NearestMode::FLOOR;
  return make<op::Interpolate>(x, constant({2, 2}, {2}), integers({2, 3}), nearest);
}

GraphOps::Tensor GraphOps::mean_pool2d(const Tensor& x) { return make<op::ReduceMean>(x, integers({2, 3}), true); }

GraphOps::Tensor GraphOps::flatten(const Tensor& x) { return make<op::Reshape>(x, integers({0, -1}), true); }

GraphOps::Tensor GraphOps::add(const Tensor& x, const Tensor& y) {
  return make<op::Add>(quantized_form(x), quantized_form(y));
}

GraphOps::Tensor GraphOps::mul(const Tensor& x, const Tensor& y) { return make<op::Multiply>(x, y); }

GraphOps::Tensor GraphOps::l2_normalize(const Tensor& x) {
  return make<op::NormalizeL2>(x, integers({1}), 1e-24f, ov::op::EpsMode::MAX);
}

}  // namespace ootd
