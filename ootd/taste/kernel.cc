#include "ootd/taste/kernel.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "ootd/base/simd.h"
#include "ootd/base/vector_math.h"
#include "ootd/taste/kernel_math.h"

namespace ootd {
namespace {

OOTD_SIMD_CLONES float weighted_sum(const float* weights, const float* values, std::size_t n) {
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += weights[i] * values[i];
  return sum;
}

// As centre(), within a few roundings: it is asked for thousands of garments a deck.
OOTD_SIMD_CLONES void centre_garment(const float* vector, const float* mean, std::size_t dim, float* out) {
  float squares = 0;
  for (std::size_t d = 0; d < dim; ++d) {
    out[d] = vector[d] - mean[d];
    squares += out[d] * out[d];
  }
  const float scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
  for (std::size_t d = 0; d < dim; ++d) out[d] *= scale;
}

// false if the look has no garment of the category. out: [category.dim()]
bool garment_of(const IndexView& category, LookKey look, std::span<float> out) {
  const auto vector = category.vector(look);
  if (vector.empty()) return false;
  centre_garment(vector.data(), category.mean().data(), out.size(), out.data());
  return true;
}

}  // namespace

std::size_t last_change(std::span<const Swipe> standing, const KernelParams& params) {
  constexpr std::size_t kWindows = 3;  // of one, two and three times params.window answers
  constexpr double kShrink = 5;        // answers as predicted that are added to those before a window
  constexpr double kLittle = 0.1;      // what is liked after a change, before anything of the new taste is known
  constexpr double kLow = 0.02, kHigh = 0.98;
  const auto step = static_cast<std::size_t>(params.window);
  if (step == 0) return 0;
  struct Answer {
    std::size_t place;
    double predicted;
    bool liked;
  };
  std::vector<Answer> answers;
  std::vector<double> expected = {0}, liked = {0};  // of the first i answers
  std::size_t change = 0;                           // among them
  for (std::size_t i = 0; i < standing.size(); ++i) {
    if (!standing[i].predicted || standing[i].answer == EventKind::kSkip) continue;
    answers.push_back({i, static_cast<double>(*standing[i].predicted), is_like(standing[i].answer)});
    expected.push_back(expected.back() + std::clamp(answers.back().predicted, kLow, kHigh));
    liked.push_back(liked.back() + (answers.back().liked ? 1 : 0));
    const std::size_t n = answers.size();
    if (n % step != 0) continue;
    for (std::size_t window = step; window <= kWindows * step; window += step) {
      // Neither before the policy has known the taste for a step, nor within one of the last change.
      if (n < change + window + step) break;
      const std::size_t begin = n - window;
      const double trusted =
          std::min(1.0, (liked[begin] - liked[change] + kShrink) / (expected[begin] - expected[change] + kShrink));
      double evidence = 0;
      for (std::size_t k = begin; k < n; ++k) {
        const double as_ever = std::clamp(trusted * answers[k].predicted, kLow, kHigh);
        const double changed = std::min(kLittle, as_ever);
        evidence += answers[k].liked ? std::log(changed / as_ever) : std::log((1 - changed) / (1 - as_ever));
      }
      if (evidence > static_cast<double>(params.evidence)) {
        change = begin;
        break;
      }
    }
  }
  return change == 0 ? 0 : answers[change].place;
}

std::vector<LookKey> typical_looks(const IndexView& view, const LookLabels& labels, int value, int n) {
  const auto dim = static_cast<std::size_t>(view.dim());
  std::vector<float> sum(dim), vector(dim);
  std::vector<LookKey> looks;
  for (const LookKey look : labels.looks_with(value))
    if (centre(view, look, vector)) {
      looks.push_back(look);
      for (std::size_t d = 0; d < dim; ++d) sum[d] += vector[d];
    }
  std::vector<float> nearness;
  for (const LookKey look : looks) nearness.push_back(centre(view, look, vector) ? dot(sum, vector) : 0);
  std::vector<LookKey> typical;
  for (const std::size_t i : largest(nearness, static_cast<std::size_t>(n))) typical.push_back(looks[i]);
  return typical;
}

KernelTaste::KernelTaste(const Swipes& swipes, const IndexView& view, const LookTraits& traits,
                         const KernelParams& params)
    : view_(view),
      labels_(traits.labels != nullptr && !traits.labels->empty() && params.label > 0 ? traits.labels : nullptr),
      params_(params) {
  const auto standing = swipes.standing();
  const std::size_t change = last_change(standing, params);
  const auto dim = static_cast<std::size_t>(view.dim());
  std::vector<double> noises;
  std::vector<float> vector(dim), rows;
  const auto add = [&](LookKey look, bool liked, bool picked, bool forgotten) {
    if (!centre(view, look, vector)) return;
    answers_.push_back({.look = look, .liked = liked, .picked = picked});
    noises.push_back(static_cast<double>(params.noise) * (forgotten ? static_cast<double>(params.forgotten_noise) : 1));
    rows.insert(rows.end(), vector.begin(), vector.end());
  };
  std::unordered_set<LookKey> picked;
  if (traits.labels != nullptr)
    for (const std::string& name : swipes.quiz().labels)
      if (const auto value = traits.labels->number_of(name))
        for (const LookKey look : typical_looks(view, *traits.labels, *value, params.quiz_looks)) picked.insert(look);
  picked.insert(swipes.quiz().looks.begin(), swipes.quiz().looks.end());
  std::vector<LookKey> picks(picked.begin(), picked.end());
  std::ranges::sort(picks);
  for (const LookKey look : picks) add(look, true, true, change > 0);

  std::size_t first = standing.size();
  for (int counted = 0; first > 0 && counted < params.most_swipes; --first)
    counted += standing[first - 1].answer == EventKind::kSkip ? 0 : 1;
  for (std::size_t i = first; i < standing.size(); ++i)
    if (standing[i].answer != EventKind::kSkip) add(standing[i].look, is_like(standing[i].answer), false, i < change);

  const std::size_t n = answers_.size();
  vectors_ = Matrix(n, dim);
  std::ranges::copy(rows, vectors_.values());
  for (const Answer& answer : answers_) values_.push_back(labels_ ? labels_->of(answer.look) : std::span<const int>());
  if (n == 0) return;
  if (traits.garments != nullptr && params.garments > 0) add_garments(*traits.garments);
  std::vector<double> a(n * n), y(n);
  std::vector<float> row(n), garments(n);
  for (std::size_t i = 0; i < n; ++i) {
    look_parts(vectors_.row(i), i + 1, row);
    if (garment_parts(answers_[i].look, garments))
      for (std::size_t j = 0; j <= i; ++j) row[j] += garments[j];
    for (std::size_t j = 0; j <= i; ++j) a[i * n + j] = static_cast<double>(row[j] + label_part(values_[i], j));
    a[i * n + i] += noises[i];
    y[i] = (answers_[i].liked ? 1.0 : 0.0) - static_cast<double>(params.prior);
  }
  solved_.emplace(std::move(a), n);
  const auto alphas = solved_->solve(y);
  for (std::size_t i = 0; i < n; ++i) {
    answers_[i].alpha = alphas[i];
    alphas_.push_back(static_cast<float>(alphas[i]));
  }
}

void KernelTaste::add_garments(const GarmentViews& categories) {
  per_garment_.assign(answers_.size(), 0);
  for (const auto& [name, category] : categories) {
    if (category->size() == 0) continue;
    Garments& garments = garments_.emplace_back(Garments{.category = category.get(), .answers = {}, .vectors = {}});
    for (std::size_t i = 0; i < answers_.size(); ++i)
      if (category->contains(answers_[i].look)) garments.answers.push_back(i);
    garments.vectors = Matrix(garments.answers.size(), static_cast<std::size_t>(category->dim()));
    for (std::size_t g = 0; g < garments.answers.size(); ++g) {
      garment_of(*category, answers_[garments.answers[g]].look, garments.vectors.row(g));
      per_garment_[garments.answers[g]] += 1;
    }
  }
  for (float& count : per_garment_) count = count > 0 ? 1 / std::sqrt(count) : 0;
}

void KernelTaste::look_parts(std::span<const float> vector, std::size_t n, std::span<float> row) const {
  dots_of(vectors_.values(), n, vector.data(), vector.size(), row.data());
  likeness_of(row.data(), n, 1 / params_.width);
  if (garments_.empty()) return;
  const float share = 1 / (1 + params_.garments);
  for (std::size_t i = 0; i < n; ++i) row[i] *= share;
}

bool KernelTaste::garment_parts(LookKey look, std::span<float> row) const {
  std::vector<float> vector, likeness(row.size());
  int count = 0;
  for (const Garments& garments : garments_) {
    vector.resize(garments.vectors.cols());
    if (!garment_of(*garments.category, look, vector)) continue;
    if (++count == 1) std::ranges::fill(row, 0.0f);
    const std::size_t n = garments.answers.size();
    dots_of(garments.vectors.values(), n, vector.data(), vector.size(), likeness.data());
    likeness_of(likeness.data(), n, 1 / params_.width);
    for (std::size_t g = 0; g < n; ++g) row[garments.answers[g]] += likeness[g];
  }
  if (count == 0) return false;
  const float share = params_.garments / (1 + params_.garments) / std::sqrt(static_cast<float>(count));
  for (std::size_t i = 0; i < row.size(); ++i) row[i] *= share * per_garment_[i];
  return true;
}

bool KernelTaste::has_like() const {
  return std::ranges::any_of(answers_, [](const Answer& answer) { return answer.liked; });
}

float KernelTaste::label_part(std::span<const int> values, std::size_t answer) const {
  return values.empty() ? 0 : params_.label * shared_values(values, values_[answer]);
}

std::vector<float> KernelTaste::means(std::span<const LookKey> looks, const Matrix& vectors) const {
  const std::size_t n = answers_.size();
  std::vector<float> means, row(n), garments(n);
  for (std::size_t c = 0; c < looks.size(); ++c) {
    look_parts(vectors.row(c), n, row);
    if (garment_parts(looks[c], garments))
      for (std::size_t i = 0; i < n; ++i) row[i] += garments[i];
    if (labels_) {
      const auto values = labels_->of(looks[c]);
      if (!values.empty())
        for (std::size_t i = 0; i < n; ++i) row[i] += label_part(values, i);
    }
    means.push_back(params_.prior + weighted_sum(alphas_.data(), row.data(), n));
  }
  return means;
}

KernelTaste::Likeness KernelTaste::likeness_to(LookKey look) const {
  const std::size_t n = answers_.size();
  std::vector<float> vector(static_cast<std::size_t>(view_.dim()));
  Likeness likeness;
  if (!centre(view_, look, vector)) return likeness;
  likeness.look.resize(n);
  look_parts(vector, n, likeness.look);
  likeness.garments.resize(n);
  if (!garment_parts(look, likeness.garments)) likeness.garments.clear();
  return likeness;
}

float KernelTaste::mean(LookKey look) const {
  double sum = 0;
  for (const ScorePart& part : parts(look)) sum += part.value;
  return static_cast<float>(sum);
}

std::vector<ScorePart> KernelTaste::parts(LookKey look) const {
  std::vector<ScorePart> parts = {{.of = ScorePart::Of::kPrior, .value = static_cast<double>(params_.prior)}};
  const Likeness likeness = likeness_to(look);
  const auto values = labels_ ? labels_->of(look) : std::span<const int>();
  for (std::size_t i = 0; i < likeness.look.size(); ++i) {
    const auto part = [&](ScorePart::Of of, float alike) {
      parts.push_back({of, answers_[i].look, answers_[i].alpha * static_cast<double>(alike)});
    };
    part(ScorePart::Of::kLook, likeness.look[i]);
    if (!likeness.garments.empty() && likeness.garments[i] > 0) part(ScorePart::Of::kGarments, likeness.garments[i]);
    if (const float label = label_part(values, i); label > 0) part(ScorePart::Of::kLabel, label);
  }
  return parts;
}

// Without answer i the mean at x is m(x) - alpha_i v_i / (A^-1)_ii with v = A^-1 k(x) (Rasmussen & Williams
// 2006, 5.4.2).
std::vector<std::vector<LookKey>> KernelTaste::reasons(std::span<const LookKey> looks) const {
  constexpr std::size_t kMost = 3;
  constexpr double kWorthNaming = 0.2;  // of what the first one carries
  std::vector<std::vector<LookKey>> all(looks.size());
  if (!has_like()) return all;
  const auto diagonal = solved_->inverse_diagonal();
  for (std::size_t c = 0; c < looks.size(); ++c) {
    const Likeness likeness = likeness_to(looks[c]);
    if (likeness.look.empty()) continue;
    const auto values = labels_ ? labels_->of(looks[c]) : std::span<const int>();
    std::vector<double> kernel(likeness.look.begin(), likeness.look.end());
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      if (!likeness.garments.empty()) kernel[i] += static_cast<double>(likeness.garments[i]);
      kernel[i] += static_cast<double>(label_part(values, i));
    }
    const auto v = solved_->solve(kernel);
    std::vector<std::pair<double, LookKey>> carried;
    for (std::size_t i = 0; i < kernel.size(); ++i)
      if (const double lost = answers_[i].alpha * v[i] / diagonal[i];
          answers_[i].liked && lost > 0 && answers_[i].look != looks[c])
        carried.emplace_back(-lost, answers_[i].look);
    std::ranges::sort(carried);
    for (const auto& [lost, reason] : carried)
      if (all[c].size() < kMost && lost <= kWorthNaming * carried.front().first) all[c].push_back(reason);
  }
  return all;
}

std::vector<int> KernelTaste::liked_values(std::size_t n) const {
  std::map<int, double> weights;
  for (std::size_t i = 0; i < answers_.size(); ++i)
    for (const int value : values_[i]) weights[value] += answers_[i].alpha;
  std::vector<std::pair<double, int>> order;
  for (const auto& [value, weight] : weights)
    if (weight > 0) order.emplace_back(-weight, value);
  std::ranges::sort(order);
  std::vector<int> liked;
  for (std::size_t i = 0; i < order.size() && i < n; ++i) liked.push_back(order[i].second);
  return liked;
}

Matrix KernelTaste::queries() const {
  const std::size_t n = answers_.size(), dim = vectors_.cols();
  std::vector<std::size_t> chosen;
  std::vector<float> nearest(n);  // to those chosen
  while (static_cast<int>(chosen.size()) < params_.queries) {
    const auto worth = [&](std::size_t i) {
      return answers_[i].liked ? std::max(alphas_[i], 0.0f) * (1 - nearest[i]) : 0.0f;
    };
    std::size_t best = 0;
    for (std::size_t i = 1; i < n; ++i)
      if (worth(i) > worth(best)) best = i;
    if (n == 0 || worth(best) <= 1e-6f) break;
    chosen.push_back(best);
    std::vector<float> row(n);
    dots_of(vectors_.values(), n, vectors_.row(best).data(), dim, row.data());
    likeness_of(row.data(), n, 1 / params_.width);
    for (std::size_t i = 0; i < n; ++i) nearest[i] = std::max(nearest[i], row[i]);
  }
  Matrix queries(1 + chosen.size(), dim);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t d = 0; d < dim; ++d) queries.row(0)[d] += alphas_[i] * vectors_.row(i)[d];
  for (std::size_t q = 0; q < chosen.size(); ++q)
    std::ranges::copy(vectors_.row(chosen[q]), queries.row(q + 1).begin());
  return queries;
}

}  // namespace ootd
