// A model folder of any architecture with random weights that keep activations in proportion (He et al. 2015), for
// speed, shape and parity: what it computes means nothing. Tests and benches only.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "ootd/base/random.h"
#include "ootd/models/model.h"

namespace ootd::testing {

// Convolutions and matrices normal with variance gain / inputs; norms near 1, variances in 0.5 .. 1.5, biases small.
inline std::vector<NamedFloats> random_weights(const ModelConfig& config, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<NamedFloats> weights;
  for (const auto& spec : all_weights(config)) {
    NamedFloats weight = {spec.name, spec.shape, {}};
    const auto count = element_count(spec.shape);
    const bool is_matrix = spec.shape.size() > 1;
    // Convolutions are followed by a rectifier, which halves the variance.
    const double gain = spec.shape.size() == 4 ? 2 : 1;
    const double deviation =
        is_matrix ? std::sqrt(gain * static_cast<double>(spec.shape[0]) / static_cast<double>(count)) : 0.05;
    const bool around_one = !is_matrix && !spec.name.ends_with("bias") && !spec.name.ends_with("running_mean");
    for (std::size_t i = 0; i < count; ++i)
      weight.values.push_back(static_cast<float>(around_one ? random.uniform(0.5, 1.5) : deviation * random.normal()));
    weights.push_back(std::move(weight));
  }
  return weights;
}

inline Model random_model(const std::filesystem::path& parent, const ModelConfig& config, std::uint64_t seed = 1) {
  return save_model(parent, config, random_weights(config, seed));
}

}  // namespace ootd::testing
