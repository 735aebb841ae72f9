#include "ootd/train/objectives.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ootd/base/error.h"

namespace ootd {

torch::Tensor rows_of(const Matrix& matrix, const std::vector<std::size_t>& rows) {
  torch::Tensor tensor =
      torch::empty({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(matrix.cols())});
  float* out = tensor.data_ptr<float>();
  for (const std::size_t row : rows) out = std::copy(matrix.row(row).begin(), matrix.row(row).end(), out);
  return tensor;
}

Objectives::Objectives(const TrainConfig& config, const TrainInputs& inputs, const Trainee& trainee)
    : config_(config),
      inputs_(inputs),
      trainee_(trainee),
      train_(inputs.set.part(/*validation=*/false)),
      memory_(config.memory) {
  for (const auto& objective : config.objectives) {
    list_.push_back(make(objective, list_.size()));
    two_views_ = two_views_ || objective.labels == ObjectiveConfig::kSelf;
  }
  for (const auto& objective : list_)
    if (remembering_ == nullptr && objective.sampler && objective.loss) remembering_ = &objective;
}

Objectives::Objective Objectives::make(const ObjectiveConfig& config, std::size_t number) const {
  const int dim = config_.head.dim;
  Objective objective;
  objective.config = &config;
  if (config.labels == ObjectiveConfig::kSelf) {
    if (!trainee_.whole())
      throw Error(Kind::kInput, "objective \"@self\" needs pictures: mode = \"full\" or \"lp-ft\"");
    objective.loss = make_loss(config.loss, 1, dim, config_.seed, trainee_.device());
    return objective;
  }
  if (config.labels == ObjectiveConfig::kBase) {
    if (!config.within.empty()) objective.column = &inputs_.set.column(config.within);
    return objective;
  }
  objective.column = &inputs_.set.column(config.labels);
  const int count = static_cast<int>(objective.column->names.size());
  std::vector<std::vector<int>> labels(inputs_.set.samples.size());  // of the training samples
  for (const std::size_t i : train_) labels[i] = objective.column->labels[i];
  objective.sampler.emplace(labels, count);
  if (objective.sampler->usable_labels() < 2)
    throw Error(Kind::kInput, "label \"" + config.labels + "\" has fewer than two values with enough photos");
  if (config.captions.empty()) {
    objective.loss = make_loss(config.loss, count, dim, config_.seed, trainee_.device());
    return objective;
  }
  const Matrix& texts = inputs_.captions.at(number);
  std::vector<std::size_t> all(texts.rows());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  objective.texts = rows_of(texts, all).to(trainee_.device());
  objective.captions.emplace(config.loss, trainee_.device());
  return objective;
}

std::vector<std::size_t> Objectives::plan(std::int64_t batch) const {
  Random random(config_.seed * 0x94D049BB133111EBu + static_cast<std::uint64_t>(batch));
  double total = 0;
  for (const auto& objective : list_)
    if (objective.sampler) total += static_cast<double>(objective.config->weight);
  std::vector<std::size_t> samples;
  for (const auto& objective : list_) {
    if (!objective.sampler) continue;
    const double share = static_cast<double>(objective.config->weight) / total;
    const int labels = std::max(2, static_cast<int>(std::lround(config_.labels_per_batch * share)));
    const auto part = objective.sampler->batch(labels, config_.images_per_label, random);
    samples.insert(samples.end(), part.begin(), part.end());
  }
  if (samples.empty()) {
    samples = train_;
    random.shuffle(std::span(samples));
    samples.resize(std::min<std::size_t>(samples.size(), static_cast<std::size_t>(config_.labels_per_batch) *
                                                             static_cast<std::size_t>(config_.images_per_label)));
  }
  if (two_views_) {
    const std::size_t count = samples.size();
    samples.resize(2 * count);
    std::copy_n(samples.begin(), count, samples.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return samples;
}

torch::Tensor Objectives::labels_of(const Objective& objective, const std::vector<std::size_t>& samples) const {
  const auto rows = static_cast<std::int64_t>(samples.size());
  if (objective.column == nullptr) return torch::eye(rows / 2).repeat({2, 1});  // @self: the two views are alike
  torch::Tensor labels = torch::zeros({rows, static_cast<std::int64_t>(objective.column->names.size())});
  auto cells = labels.accessor<float, 2>();
  for (std::int64_t i = 0; i < rows; ++i)
    for (const int label : objective.column->labels[samples[static_cast<std::size_t>(i)]]) cells[i][label] = 1;
  return labels;
}

// Pictures of the same values are a group; none at all is a value too.
torch::Tensor Objectives::groups_of(const Objective& objective, const std::vector<std::size_t>& samples) const {
  if (objective.column == nullptr) return {};
  std::map<std::vector<int>, std::int64_t> numbers;
  std::vector<std::int64_t> groups;
  for (const std::size_t sample : samples)
    groups.push_back(
        numbers.emplace(objective.column->labels[sample], static_cast<std::int64_t>(numbers.size())).first->second);
  return torch::tensor(groups);
}

torch::Tensor Objectives::value_of(Objective& objective, const std::vector<std::size_t>& samples,
                                   const torch::Tensor& rows) {
  const torch::Device device = trainee_.device();
  const ObjectiveConfig& config = *objective.config;
  if (config.labels == ObjectiveConfig::kBase) {
    const torch::Tensor groups = groups_of(objective, samples);
    return relation_loss(rows, rows_of(inputs_.features, samples).to(device),
                         groups.defined() ? groups.to(device) : groups, static_cast<double>(config.loss.temperature),
                         config_.matryoshka);
  }
  const torch::Tensor labels = labels_of(objective, samples).to(device);
  if (objective.captions) return (*objective.captions)(rows, trainee_.head(objective.texts, /*training=*/true), labels);
  LossBatch batch{rows, labels, {}, {}};
  if (remembering_ == &objective) {
    batch.memory_embeddings = memory_.embeddings();
    batch.memory_labels = memory_.labels();
  }
  torch::Tensor value = (*objective.loss)(batch);
  if (remembering_ == &objective) memory_.push(rows.detach(), labels);
  return value;
}

torch::Tensor Objectives::loss(const std::vector<std::size_t>& samples, const torch::Tensor& rows) {
  torch::Tensor sum = torch::zeros({}, rows.options().requires_grad(false));
  for (auto& objective : list_)
    sum = sum + static_cast<double>(objective.config->weight) * value_of(objective, samples, rows);
  return sum;
}

std::vector<std::pair<std::string, torch::Tensor>> Objectives::parameters() const {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (std::size_t k = 0; k < list_.size(); ++k) {
    std::vector<std::pair<std::string, torch::Tensor>> own;
    if (list_[k].loss) own = list_[k].loss->parameters();
    if (list_[k].captions) own = list_[k].captions->parameters();
    for (auto& [name, tensor] : own) all.emplace_back("loss/" + std::to_string(k) + "/" + name, tensor);
  }
  return all;
}

}  // namespace ootd
