#include "ootd/models/average.h"

#include <cmath>
#include <numeric>

#include "ootd/base/error.h"

namespace ootd {

std::vector<NamedFloats> average_weights(std::span<const Model> models, std::span<const double> shares) {
  if (models.size() < 2 || shares.size() != models.size())
    throw Error(Kind::kInput, "an average wants two models or more, and a share for each");
  if (std::abs(std::accumulate(shares.begin(), shares.end(), 0.0) - 1) > 1e-6)
    throw Error(Kind::kInput, "the shares of an average must sum to 1");
  for (const Model& model : models)
    if (model.config.network != models[0].config.network || model.config.head != models[0].config.head ||
        std::holds_alternative<OnnxTowers>(model.config.network))
      throw Error(Kind::kInput, model.id + " and " + models[0].id +
                                    " are not the same network with the same head; \"@backbone\" behind a model leaves "
                                    "its head away");
  std::vector<NamedFloats> sum;
  for (const auto& spec : all_weights(models[0].config))
    sum.push_back({spec.name, spec.shape, std::vector<float>(element_count(spec.shape))});
  for (std::size_t m = 0; m < models.size(); ++m) {
    const Weights weights = open_weights(models[m]);
    for (auto& weight : sum) {
      const std::vector<float> values = weights.floats(weight.name, weight.shape);
      for (std::size_t i = 0; i < values.size(); ++i) weight.values[i] += static_cast<float>(shares[m]) * values[i];
    }
  }
  return sum;
}

}  // namespace ootd
