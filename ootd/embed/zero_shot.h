// Zero-shot classification: how well an image fits names that nobody trained for, by their texts' embeddings.
// Source: Radford et al. 2021, 3.1 (softmax over names, prompt ensembles); Zhai et al. 2023, 3 (probability of a pair).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/matrix.h"
#include "ootd/embed/text_encoder.h"

namespace ootd {

struct ZeroShotOptions {
  // "{}" stands for the name. Several: their embeddings are averaged.
  std::vector<std::string> prompts = {"a photo of a person wearing {} style clothes"};
  float temperature = 100;  // scales cosines before the softmax; FashionSigLIP's published value
};

// The prompt with the name in place of "{}". Throws Error(kInput) if it has none.
std::string filled_prompt(std::string prompt, const std::string& name);

struct NameScore {
  std::string name;
  float cosine = 0;
  float share = 0;  // softmax over the names: they sum to 1
  std::optional<float>
      match;  // probability that this pair matches, whatever the other names; if the model has learnt it
};

// Threads: score() may run on many threads at once.
class ZeroShot {
 public:
  // Throws Error(kInput) if there is no name, one is empty or twice there, or a prompt lacks "{}".
  ZeroShot(const Model& model, std::vector<std::string> names, const ZeroShotOptions& options = {});

  // image: an embedding by the same model. Best first; equal scores in the names' order.
  std::vector<NameScore> score(std::span<const float> image) const;

 private:
  std::vector<std::string> names_;
  Matrix texts_;  // names x dim, rows of length 1
  float temperature_;
  std::optional<std::pair<float, float>> scale_and_bias_;
};

}  // namespace ootd
