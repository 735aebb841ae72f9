#include "ootd/infer/graph_ops.h"

#include <openvino/opsets/opset13.hpp>
#include <string>

namespace ootd {
namespace {

namespace op = ov::opset13;

GraphOps::Tensor integers(const std::vector<std::int64_t>& values) {
  return op::Constant::create(ov::element::i64, ov::Shape{values.size()}, values);
}

template <class Op, class... Args>
GraphOps::Tensor make(Args&&... args) {
  return std::make_shared<Op>(std::forward<Args>(args)...)->output(0);
}

}  // namespace

GraphOps::Tensor GraphOps::weight(std::string_view name, std::string_view suffix, const Shape& shape) {
  const std::vector<float> values = weights_.floats(std::string(name) + std::string(suffix), shape);
  return op::Constant::create(ov::element::f32, ov::Shape(shape.begin(), shape.end()), values);
}

int GraphOps::channels(const Tensor& x) const { return static_cast<int>(x.get_partial_shape()[1].get_length()); }

int GraphOps::width(const Tensor& x) const {
  const auto& shape = x.get_partial_shape();
  return static_cast<int>(shape[shape.size() - 1].get_length());
}

GraphOps::Tensor GraphOps::conv2d(const Tensor& x, std::string_view name, const Conv& conv) {
  const std::int64_t in = channels(x), k = conv.kernel, groups = conv.groups;
  const auto stride = static_cast<std::size_t>(conv.stride);
  const ov::Strides strides{stride, stride}, dilations{1, 1};
  const ov::CoordinateDiff pads{conv.pad, conv.pad};
  const auto auto_pad = conv.padding == Padding::kSame ? ov::op::PadType::SAME_UPPER : ov::op::PadType::EXPLICIT;
  const Tensor kernel = weight(name, ".weight", {conv.out, in / groups, k, k});
  Tensor y;
  if (groups == 1) {
    y = make<op::Convolution>(x, kernel, strides, pads, pads, dilations, auto_pad);
  } else {
    const Tensor grouped = make<op::Reshape>(kernel, integers({groups, conv.out / groups, in / groups, k, k}), false);
    y = make<op::GroupConvolution>(x, grouped, strides, pads, pads, dilations, auto_pad);
  }
  if (!conv.bias) return y;
  return make<op::Add>(y, make<op::Reshape>(weight(name, ".bias", {conv.out}), integers({1, conv.out, 1, 1}), false));
}

GraphOps::Tensor GraphOps::batch_norm(const Tensor& x, std::string_view name, float eps) {
  const Shape shape = {channels(x)};
  return make<op::BatchNormInference>(x, weight(name, ".weight", shape), weight(name, ".bias", shape),
                                      weight(name, ".running_mean", shape), weight(name, ".running_var", shape), eps);
}

GraphOps::Tensor GraphOps::layer_norm(const Tensor& x, std::string_view name, float eps) {
  const Shape shape = {width(x)};
  const Tensor unit = make<op::MVN>(x, integers({-1}), true, eps, ov::op::MVNEpsMode::INSIDE_SQRT);
  return make<op::Add>(make<op::Multiply>(unit, weight(name, ".weight", shape)), weight(name, ".bias", shape));
}

GraphOps::Tensor GraphOps::linear(const Tensor& x, std::string_view name, const Linear& linear) {
  const std::string joint(1, linear.joint);
  const Tensor y = make<op::MatMul>(x, weight(name, joint + "weight", {linear.out, width(x)}), false, true);
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

GraphOps::Tensor GraphOps::attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads) {
  const auto split = [&](const Tensor& x) {  // [N, T, D] -> [N, heads, T, D / heads]
    const Tensor parts = make<op::Reshape>(x, integers({0, 0, heads, width(x) / heads}), true);
    return make<op::Transpose>(parts, integers({0, 2, 1, 3}));
  };
  const Tensor joined = make<op::ScaledDotProductAttention>(split(q), split(k), split(v), false);
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
  }
  OPENVINO_THROW("unknown activation");
}

GraphOps::Tensor GraphOps::max_pool2d(const Tensor& x, const Pool& pool) {
  const auto kernel = static_cast<std::size_t>(pool.kernel), stride = static_cast<std::size_t>(pool.stride),
             pad = static_cast<std::size_t>(pool.pad);
  return make<op::MaxPool>(x, ov::Strides{stride, stride}, ov::Strides{1, 1}, ov::Shape{pad, pad}, ov::Shape{pad, pad},
                           ov::Shape{kernel, kernel});
}

GraphOps::Tensor GraphOps::mean_pool2d(const Tensor& x) { return make<op::ReduceMean>(x, integers({2, 3}), true); }

GraphOps::Tensor GraphOps::flatten(const Tensor& x) { return make<op::Reshape>(x, integers({0, -1}), true); }

GraphOps::Tensor GraphOps::add(const Tensor& x, const Tensor& y) { return make<op::Add>(x, y); }

GraphOps::Tensor GraphOps::mul(const Tensor& x, const Tensor& y) { return make<op::Multiply>(x, y); }

GraphOps::Tensor GraphOps::l2_normalize(const Tensor& x) {
  return make<op::NormalizeL2>(x, integers({1}), 1e-24f, ov::op::EpsMode::MAX);
}

}  // namespace ootd
