#include "ootd/models/shape_ops.h"

#include "ootd/base/error.h"

namespace ootd {
namespace {

std::int64_t out_side(std::int64_t in, int kernel, int stride, int pad, Padding padding) {
  if (padding == Padding::kSame) return (in + stride - 1) / stride;
  const std::int64_t side = (in + 2 * pad - kernel) / stride + 1;
  if (side < 1) throw Error(Kind::kInput, "the network's input is too small for its layers");
  return side;
}

}  // namespace

void ShapeOps::weight(std::string_view name, std::string_view suffix, Shape shape, bool trained) {
  weights_.push_back({std::string(name) + std::string(suffix), std::move(shape), trained});
  if (trained) layers_.back().parameters += static_cast<std::int64_t>(element_count(weights_.back().shape));
}

Shape ShapeOps::conv2d(const Tensor& x, std::string_view name, const Conv& conv) {
  const std::int64_t h = out_side(x[2], conv.kernel, conv.stride, conv.pad, conv.padding);
  const std::int64_t w = out_side(x[3], conv.kernel, conv.stride, conv.pad, conv.padding);
  const Shape kernel = {conv.out, x[1] / conv.groups, conv.kernel, conv.kernel};
  layers_.push_back({std::string(name), "conv2d", {x[0], conv.out, h, w}});
  layers_.back().multiply_adds = h * w * static_cast<std::int64_t>(element_count(kernel));
  weight(name, ".weight", kernel);
  if (conv.bias) weight(name, ".bias", {conv.out});
  return layers_.back().out;
}

Shape ShapeOps::batch_norm(const Tensor& x, std::string_view name, float) {
  layers_.push_back({std::string(name), "batch_norm", x});
  weight(name, ".weight", {x[1]});
  weight(name, ".bias", {x[1]});
  weight(name, ".running_mean", {x[1]}, /*trained=*/false);
  weight(name, ".running_var", {x[1]}, /*trained=*/false);
  return x;
}

Shape ShapeOps::layer_norm(const Tensor& x, std::string_view name, float) {
  layers_.push_back({std::string(name), "layer_norm", x});
  weight(name, ".weight", {x.back()});
  weight(name, ".bias", {x.back()});
  return x;
}

Shape ShapeOps::linear(const Tensor& x, std::string_view name, const Linear& linear) {
  Shape out = x;
  out.back() = linear.out;
  layers_.push_back({std::string(name), "linear", out});
  layers_.back().multiply_adds = static_cast<std::int64_t>(element_count(x)) / x[0] * linear.out;
  if (linear.matrix)
    weight(name, "", {x.back(), linear.out});
  else
    weight(name, linear.joint + std::string("weight"), {linear.out, x.back()});
  if (linear.bias) weight(name, linear.joint + std::string("bias"), {linear.out});
  return out;
}

Shape ShapeOps::attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads, Mask) {
  if (q[2] % heads != 0) throw Error(Kind::kInput, "the width of attention must be a multiple of its heads");
  const Shape out = {k[0], q[1], v[2]};
  // It has no weights and so no name: it belongs where the layer before it does.
  const std::string& before = layers_.back().name;
  layers_.push_back({before.substr(0, before.rfind('.')) + ".attention", "attention", out});
  layers_.back().multiply_adds = q[1] * k[1] * (q[2] + v[2]);
  return out;
}

Shape ShapeOps::embedding(const Tensor& ids, std::string_view name, const Table& table) {
  layers_.push_back({std::string(name), "embedding", {ids[0], ids[1], table.width}});
  weight(name, ".weight", {table.rows, table.width});
  return layers_.back().out;
}

Shape ShapeOps::parameter(std::string_view name, const Shape& shape) {
  layers_.push_back({std::string(name), "parameter", shape});
  weight(name, "", shape);
  return shape;
}

Shape ShapeOps::columns(const Tensor& x, int, int count) {
  Shape out = x;
  out.back() = count;
  return out;
}

Shape ShapeOps::max_pool2d(const Tensor& x, const Pool& pool) {
  return {x[0], x[1], out_side(x[2], pool.kernel, pool.stride, pool.pad, Padding::kExplicit),
          out_side(x[3], pool.kernel, pool.stride, pool.pad, Padding::kExplicit)};
}

std::int64_t ShapeOps::parameters() const {
  std::int64_t sum = 0;
  for (const auto& layer : layers_) sum += layer.parameters;
  return sum;
}

std::int64_t ShapeOps::multiply_adds() const {
  std::int64_t sum = 0;
  for (const auto& layer : layers_) sum += layer.multiply_adds;
  return sum;
}

}  // namespace ootd
