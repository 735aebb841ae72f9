// One network from several of the same kind: the mean of their weights.
// With a base model and what was fine-tuned from it this is WiSE-FT (Wortsman et al. 2022, "Robust fine-tuning"): it
// keeps more of what the base knew than it loses of what was learnt. With several fine-tuned from one base it is a
// model soup (Wortsman et al. 2022, "Model soups"). Networks that do not share a start have no meaningful mean.
#pragma once

#include <span>
#include <vector>

#include "ootd/models/model.h"

namespace ootd {

// shares: one a model, summing to 1. Throws Error(kInput) if the networks or heads differ, or the shares do not fit;
// else as open_weights().
std::vector<NamedFloats> average_weights(std::span<const Model> models, std::span<const double> shares);

}  // namespace ootd
