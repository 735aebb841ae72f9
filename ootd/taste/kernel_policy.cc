// The default policy: KernelTaste over candidates that are searched for, spread over a deck.
#include <algorithm>
#include <unordered_set>

#include "ootd/taste/draws.h"
#include "ootd/taste/kernel.h"
#include "ootd/taste/kernel_math.h"

namespace ootd {
namespace {

constexpr std::size_t kLikedValues = 3;

class KernelValued final : public Valued {
 public:
  KernelValued(const Swipes& swipes, const Offer& offer, int k, Random& random, const KernelParams& params)
      : taste_(swipes, offer.view, offer.traits, params), offer_(offer), params_(params) {
    const auto pool = static_cast<std::size_t>(std::max(params.pool, 4 * k));
    std::vector<LookKey> looks;
    if (taste_.has_like()) {
      for (const auto& hits : offer.view.search(taste_.queries(), params.per_query, &offer.unseen))
        for (const Hit& hit : hits) looks.push_back(hit.key);
      std::ranges::sort(looks);
      looks.erase(std::unique(looks.begin(), looks.end()), looks.end());
      std::unordered_set<LookKey> known(looks.begin(), looks.end());
      const auto add = [&](const std::vector<LookKey>& drawn) {
        for (const LookKey look : drawn)
          if (known.insert(look).second) looks.push_back(look);
      };
      add(draw_looks(offer, params.sampled, random));
      // A shared value lifts looks that no search by vectors comes near.
      for (const int value : taste_.liked_values(kLikedValues))
        add(draw_among(offer, labels()->looks_with(value), params.per_label, random));
    } else {
      // Nothing to search for. As many as can be on a deck while nothing is known at all; more to choose from later.
      const auto n = taste_.answers().empty() ? pool : std::max(pool, std::size_t{1000});
      looks = draw_looks(offer, static_cast<int>(n), random);
    }
    const auto dim = static_cast<std::size_t>(offer.view.dim());
    Matrix vectors(looks.size(), dim);
    for (std::size_t i = 0; i < looks.size(); ++i) centre(offer.view, looks[i], vectors.row(i));
    const auto means = taste_.means(looks, vectors);
    const auto best = largest(means, pool);
    vectors_ = Matrix(best.size(), dim);
    for (const std::size_t i : best) {
      std::ranges::copy(vectors.row(i), vectors_.row(candidates.size()).begin());
      candidates.push_back({looks[i], means[i]});
      values_.push_back(labels() ? labels()->of(looks[i]) : std::span<const int>());
    }
    weight = params.load / static_cast<float>(std::max(k, 1));
  }

  float value_of(LookKey look) const override { return taste_.mean(look); }
  void crowd(LookKey card, std::span<float> crowding) const override {
    std::vector<float> vector(vectors_.cols()), likeness(crowding.size());
    centre(offer_.view, card, vector);
    dots_of(vectors_.values(), likeness.size(), vector.data(), vector.size(), likeness.data());
    likeness_of(likeness.data(), likeness.size(), 1);
    const auto values = labels() ? labels()->of(card) : std::span<const int>();
    for (std::size_t i = 0; i < crowding.size(); ++i)
      crowding[i] +=
          !labels() ? likeness[i]
                    : (1 - params_.label_load) * likeness[i] + params_.label_load * shared_values(values, values_[i]);
  }
  std::vector<ScorePart> parts_of(LookKey look) const override { return taste_.parts(look); }
  std::vector<std::vector<LookKey>> reasons_for(std::span<const LookKey> looks) const override {
    return taste_.reasons(looks);
  }

 private:
  const LookLabels* labels() const { return taste_.labels(); }

  const KernelTaste taste_;
  const Offer offer_;
  const KernelParams params_;
  Matrix vectors_;                            // [candidates, dim], centred
  std::vector<std::span<const int>> values_;  // of the label, by candidate
};

class KernelPolicy final : public Policy {
 public:
  KernelPolicy(const KernelParams& params, std::string_view settings)
      : params_(params), name_("kernel-1" + (settings.empty() ? "" : ":" + std::string(settings))) {}
  std::string name() const override { return name_; }
  std::unique_ptr<Valued> value(const Swipes& swipes, const Offer& offer, int k, Random& random) const override {
    return std::make_unique<KernelValued>(swipes, offer, k, random, params_);
  }

 private:
  const KernelParams params_;
  const std::string name_;
};

}  // namespace

std::unique_ptr<const Policy> kernel_policy(const KernelParams& params, std::string_view settings) {
  return std::make_unique<KernelPolicy>(params, settings);
}

}  // namespace ootd
