#include "ootd/embed/zero_shot.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"

namespace ootd {

std::string filled_prompt(std::string prompt, const std::string& name) {
  const auto at = prompt.find("{}");
  if (at == std::string::npos)
    throw Error(Kind::kInput, "prompt \"" + prompt + "\" has no {} where the name should stand");
  return prompt.replace(at, 2, name);
}

namespace {

// The numbers belong to the towers' own space: a head or a cut on top makes them meaningless.
std::optional<std::pair<float, float>> learnt_scale_and_bias(const Model& model) {
  if (model.config.head || model.config.cut > 0 || !std::holds_alternative<SiglipConfig>(model.config.network))
    return std::nullopt;
  const Weights weights(model.weights_files());
  return std::pair{std::exp(weights.floats("logit_scale", {})[0]), weights.floats("logit_bias", {})[0]};
}

}  // namespace

ZeroShot::ZeroShot(const Model& model, std::vector<std::string> names, const ZeroShotOptions& options)
    : names_(std::move(names)), temperature_(options.temperature), scale_and_bias_(learnt_scale_and_bias(model)) {
  if (names_.empty()) throw Error(Kind::kInput, "no style names to score");
  if (options.prompts.empty()) throw Error(Kind::kInput, "no prompt");
  std::set<std::string> seen;
  for (const auto& name : names_)
    if (name.empty() || !seen.insert(name).second)
      throw Error(Kind::kInput, name.empty() ? "a style name is empty" : "style \"" + name + "\" is given twice");
  const TextEncoder encoder(model);
  texts_ = Matrix(names_.size(), static_cast<std::size_t>(encoder.dim()));
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::vector<std::string> texts;
    for (const auto& prompt : options.prompts) texts.push_back(filled_prompt(prompt, names_[i]));
    const Matrix vectors = encoder.encode(texts);
    const auto mean = texts_.row(i);
    for (std::size_t p = 0; p < vectors.rows(); ++p)
      for (std::size_t d = 0; d < mean.size(); ++d) mean[d] += vectors.row(p)[d];
    normalize(mean);
  }
}

std::vector<NameScore> ZeroShot::score(std::span<const float> image) const {
  if (image.size() != texts_.cols())
    throw Error(Kind::kInput, "an image vector has " + std::to_string(image.size()) + " numbers, the model's texts " +
                                  std::to_string(texts_.cols()));
  std::vector<NameScore> scores;
  float best = -1;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const float cosine = dot(image, texts_.row(i));
    best = std::max(best, cosine);
    scores.push_back({names_[i], cosine, 0, std::nullopt});
    if (scale_and_bias_)
      scores.back().match = 1 / (1 + std::exp(-(scale_and_bias_->first * cosine + scale_and_bias_->second)));
  }
  float sum = 0;
  for (auto& score : scores) sum += score.share = std::exp(temperature_ * (score.cosine - best));
  for (auto& score : scores) score.share /= sum;
  std::stable_sort(scores.begin(), scores.end(), [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
  return scores;
}

}  // namespace ootd
