#include "ootd/torch/torch_ops.h"

#include <array>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/random.h"

namespace ootd {
namespace {

torch::Tensor tensor_of(const std::vector<float>& values, const Shape& shape, torch::Device device) {
  return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone().to(device);
}

double initial_deviation(const WeightSpec& spec) {
  const Shape& shape = spec.shape;
  if (shape.size() == 4) return std::sqrt(2.0 / static_cast<double>(shape[0] * shape[2] * shape[3]));
  const bool is_table = spec.name.ends_with("embedding.weight") || !spec.name.ends_with("weight");
  return is_table ? 0.02 : 1 / std::sqrt(static_cast<double>(shape[1]));
}

std::vector<float> initial_values(const WeightSpec& spec, Random& random) {
  std::vector<float> values(element_count(spec.shape));
  if (spec.name == "logit_scale") return {std::log(10.0f)};
  if (spec.name == "logit_bias") return {-10.0f};
  if (spec.shape.size() < 2 && !spec.name.ends_with("embedding")) {
    const bool is_zero = spec.name.ends_with("bias") || spec.name.ends_with(".running_mean");
    std::fill(values.begin(), values.end(), is_zero ? 0.0f : 1.0f);
    return values;
  }
  const double deviation = initial_deviation(spec);
  for (float& value : values) value = static_cast<float>(deviation * random.normal());
  return values;
}

}  // namespace

TorchWeights::TorchWeights(const Weights& file, std::span<const WeightSpec> specs, torch::Device device)
    : specs_(specs.begin(), specs.end()) {
  for (const auto& spec : specs_)
    tensors_[spec.name] =
        tensor_of(file.floats(spec.name, spec.shape), spec.shape, device).set_requires_grad(spec.trained);
}

TorchWeights::TorchWeights(std::span<const WeightSpec> specs, std::uint64_t seed, torch::Device device)
    : specs_(specs.begin(), specs.end()) {
  Random random(seed);
  for (const auto& spec : specs_)
    tensors_[spec.name] = tensor_of(initial_values(spec, random), spec.shape, device).set_requires_grad(spec.trained);
}

const torch::Tensor& TorchWeights::operator[](const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw Error(Kind::kInternal, "TorchOps: no weight " + name);
  return found->second;
}

std::vector<torch::Tensor> TorchWeights::trained() const {
  std::vector<torch::Tensor> list;
  for (const auto& spec : specs_)
    if (spec.trained) list.push_back((*this)[spec.name]);
  return list;
}

std::vector<NamedFloats> TorchWeights::to_floats() const {
  std::vector<NamedFloats> list;
  for (const auto& spec : specs_) {
    const torch::Tensor tensor = (*this)[spec.name].detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* values = tensor.data_ptr<float>();
    list.push_back({spec.name, spec.shape, {values, values + tensor.numel()}});
  }
  return list;
}

torch::Tensor TorchOps::conv2d(const Tensor& x, std::string_view name, const Conv& conv) {
  namespace F = torch::nn::functional;
  const std::string prefix(name);
  Tensor input = x;
  std::array<std::int64_t, 2> pad = {conv.pad, conv.pad};
  if (conv.padding == Padding::kSame) {
    const auto pads = [&](std::int64_t side) {
      const std::int64_t out = (side + conv.stride - 1) / conv.stride;
      const std::int64_t sum = std::max<std::int64_t>(0, (out - 1) * conv.stride + conv.kernel - side);
      return std::pair{sum / 2, sum - sum / 2};
    };
    const auto [top, bottom] = pads(x.size(2));
    const auto [left, right] = pads(x.size(3));
    // The convolution pads both sides alike; padding beforehand is a copy of the whole input.
    pad = top == bottom && left == right ? std::array{top, left} : std::array<std::int64_t, 2>{0, 0};
    if (top != bottom || left != right) input = F::pad(x, F::PadFuncOptions({left, right, top, bottom}));
  }
  return torch::conv2d(input, weights_[prefix + ".weight"], conv.bias ? weights_[prefix + ".bias"] : torch::Tensor(),
                       conv.stride, pad, 1, conv.groups);
}

torch::Tensor TorchOps::batch_norm(const Tensor& x, std::string_view name, float eps) {
  const std::string prefix(name);
  constexpr double kMomentum = 0.1;  // PyTorch's default
  const Tensor& scale = weights_[prefix + ".weight"];
  // A layer that does not learn keeps its statistics too.
  const bool batch_statistics = training_ && training_->batch_statistics && scale.requires_grad();
  return torch::batch_norm(x, scale, weights_[prefix + ".bias"], weights_[prefix + ".running_mean"],
                           weights_[prefix + ".running_var"], batch_statistics, kMomentum, static_cast<double>(eps),
                           /*cudnn_enabled=*/true);
}

torch::Tensor TorchOps::layer_norm(const Tensor& x, std::string_view name, float eps) {
  const std::string prefix(name);
  return torch::layer_norm(x, {x.size(-1)}, weights_[prefix + ".weight"], weights_[prefix + ".bias"],
                           static_cast<double>(eps));
}

torch::Tensor TorchOps::linear(const Tensor& x, std::string_view name, const Linear& linear) {
  if (linear.matrix) return torch::matmul(x, weights_[std::string(name)]);
  const std::string prefix = std::string(name) + linear.joint;
  return torch::linear(x, weights_[prefix + "weight"], linear.bias ? weights_[prefix + "bias"] : torch::Tensor());
}

torch::Tensor TorchOps::tokens(const Tensor& x) { return x.flatten(2).transpose(1, 2); }

torch::Tensor TorchOps::prepend(const Tensor& x, const Tensor& token) {
  return torch::cat({token.expand({x.size(0), 1, -1}).to(x.dtype()), x}, 1);
}

torch::Tensor TorchOps::token_of(const Tensor& x, const Tensor& ids, int id) {
  // argmax gives the first of equal ones.
  const Tensor first = id < 0 ? ids.argmax(1) : ids.eq(id).to(torch::kInt64).argmax(1);
  return x.index({torch::arange(x.size(0), first.options()), first});
}

torch::Tensor TorchOps::attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads, Mask mask) {
  const auto split = [&](const Tensor& x) {  // [N, T, D] -> [N, heads, T, D / heads]
    return x.expand({k.size(0), -1, -1}).unflatten(-1, {heads, x.size(-1) / heads}).transpose(1, 2);
  };
  return torch::scaled_dot_product_attention(split(q), split(k), split(v), {}, 0, mask == Mask::kCausal)
      .transpose(1, 2)
      .flatten(2);
}

torch::Tensor TorchOps::embedding(const Tensor& ids, std::string_view name, const Table&) {
  return torch::embedding(weights_[std::string(name) + ".weight"], ids);
}

torch::Tensor TorchOps::parameter(std::string_view name, const Shape&) { return weights_[std::string(name)]; }

torch::Tensor TorchOps::activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return torch::relu(x);
    case Activation::kRelu6:
      return torch::hardtanh(x, 0, 6);
    case Activation::kSilu:
      return torch::silu(x);
    case Activation::kSigmoid:
      return torch::sigmoid(x);
    case Activation::kGelu:
      return torch::gelu(x);
    case Activation::kGeluTanh:
      return torch::gelu(x, "tanh");
    case Activation::kQuickGelu:
      return x * torch::sigmoid(x * kQuickGeluSlope);
  }
  throw Error(Kind::kInternal, "unknown activation");
}

torch::Tensor TorchOps::max_pool2d(const Tensor& x, const Pool& pool) {
  return torch::max_pool2d(x, pool.kernel, pool.stride, pool.pad);
}

torch::Tensor TorchOps::upsample2x(const Tensor& x) {
  namespace F = torch::nn::functional;
  return F::interpolate(x, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kNearest));
}

torch::Tensor TorchOps::mean_pool2d(const Tensor& x) { return x.mean({2, 3}, /*keepdim=*/true); }

torch::Tensor TorchOps::flatten(const Tensor& x) { return torch::flatten(x, 1); }

torch::Tensor TorchOps::add(const Tensor& x, const Tensor& y) { return x + y; }

torch::Tensor TorchOps::mul(const Tensor& x, const Tensor& y) { return x * y; }

torch::Tensor TorchOps::l2_normalize(const Tensor& x) {
  return torch::nn::functional::normalize(x, torch::nn::functional::NormalizeFuncOptions().dim(1));
}

torch::Tensor TorchOps::drop_path(const Tensor& x, int block, int blocks) {
  const double drop = training_ ? training_->drop_path * block / blocks : 0;
  if (drop <= 0) return x;
  std::vector<std::int64_t> per_row(static_cast<std::size_t>(x.dim()), 1);
  per_row[0] = x.size(0);
  const torch::Tensor keep = torch::rand(per_row, x.options()).ge(drop).to(x.dtype());
  return x * keep / (1 - drop);
}

}  // namespace ootd
