// The interpreter that computes with libtorch, with autograd: training, and bulk embedding on a GPU. Home of libtorch.
// Threads: one instance per thread of work; weights are shared tensors.
#pragma once

#include <torch/torch.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ootd/models/ops.h"
#include "ootd/models/weights.h"

namespace ootd {

// A network's weights as tensors by their names in the checkpoint; batch norm's statistics among them, without
// gradient.
class TorchWeights {
 public:
  // Reads what `specs` lists. Throws Error(kInput) as Weights::floats does.
  TorchWeights(const Weights& file, std::span<const WeightSpec> specs, torch::Device device = torch::kCPU);
  // Random weights for tests and training from scratch: He et al. 2015 fan-out for convolutions, 1/sqrt(in) for linear
  // layers, 0.02 for learned tensors and tables, 1 and 0 for norms, SigLIP's own for its scale and bias.
  TorchWeights(std::span<const WeightSpec> specs, std::uint64_t seed, torch::Device device = torch::kCPU);

  // Throws Error(kInternal) if the network asks for a name that was not listed.
  const torch::Tensor& operator[](const std::string& name) const;
  std::vector<torch::Tensor> trained() const;  // what an optimiser updates
  std::vector<NamedFloats> to_floats() const;  // for write_safetensors

 private:
  std::map<std::string, torch::Tensor> tensors_;
  std::vector<WeightSpec> specs_;
};

// How a training pass differs from any other.
struct TrainingPass {
  double drop_path = 0;          // block b of n is passed over with probability drop_path * b / n
  bool batch_statistics = true;  // batch norm uses the batch's, and updates the running ones; else it uses these
};

class TorchOps {
 public:
  using Tensor = torch::Tensor;

  // training: none for inference. weights outlives this.
  explicit TorchOps(const TorchWeights& weights, std::optional<TrainingPass> training = std::nullopt)
      : weights_(weights), training_(training) {}

  Tensor conv2d(const Tensor& x, std::string_view name, const Conv& conv);
  Tensor batch_norm(const Tensor& x, std::string_view name, float eps);
  Tensor layer_norm(const Tensor& x, std::string_view name, float eps);
  Tensor linear(const Tensor& x, std::string_view name, const Linear& linear);
  Tensor activate(const Tensor& x, Activation activation);
  Tensor max_pool2d(const Tensor& x, const Pool& pool);
  Tensor upsample2x(const Tensor& x);
  Tensor mean_pool2d(const Tensor& x);
  Tensor flatten(const Tensor& x);
  Tensor tokens(const Tensor& x);
  Tensor token(const Tensor& x, int index) { return x.select(1, index); }
  Tensor prepend(const Tensor& x, const Tensor& token);
  Tensor token_of(const Tensor& x, const Tensor& ids, int id);
  Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads, Mask mask = Mask::kNone);
  Tensor embedding(const Tensor& ids, std::string_view name, const Table& table);
  Tensor parameter(std::string_view name, const Shape& shape);
  Tensor columns(const Tensor& x, int begin, int count) { return x.narrow(-1, begin, count); }
  Tensor add(const Tensor& x, const Tensor& y);
  Tensor mul(const Tensor& x, const Tensor& y);
  Tensor l2_normalize(const Tensor& x);
  int channels(const Tensor& x) const { return static_cast<int>(x.size(1)); }
  int width(const Tensor& x) const { return static_cast<int>(x.size(-1)); }
  Tensor dropout(const Tensor& x, double rate) { return torch::dropout(x, rate, training_.has_value()); }
  Tensor drop_path(const Tensor& x, int block, int blocks);

 private:
  const TorchWeights& weights_;
  const std::optional<TrainingPass> training_;
};

static_assert(Ops<TorchOps>);

}  // namespace ootd
