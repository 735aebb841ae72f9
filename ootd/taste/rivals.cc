#include "ootd/taste/rivals.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <unordered_map>

#include "ootd/base/vector_math.h"
#include "ootd/taste/cholesky.h"
#include "ootd/taste/kernel.h"

namespace ootd {
namespace {

constexpr int kPool = 200;

using Vector = std::vector<float>;

// A person's answers with their vectors, as stored or as seen from the catalog's mean. Skips are none.
struct Answers {
  struct One {
    EventKind answer;
    Vector vector;
    int age;  // swipes since
  };
  std::vector<One> all;
  std::vector<const One*> liked, disliked;

  Answers(const Swipes& swipes, const IndexView& view, bool centred) {
    const auto standing = swipes.standing();
    all.reserve(standing.size());
    for (std::size_t i = 0; i < standing.size(); ++i) {
      const auto stored = view.vector(standing[i].look);
      if (stored.empty() || standing[i].answer == EventKind::kSkip) continue;
      Vector vector(stored.begin(), stored.end());
      if (centred) centre(view, standing[i].look, vector);
      all.push_back({standing[i].answer, std::move(vector), static_cast<int>(standing.size() - 1 - i)});
    }
    for (const One& one : all) (is_like(one.answer) ? liked : disliked).push_back(&one);
  }
};

void add_to(Vector& sum, const Vector& vector, double weight) {
  for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += static_cast<float>(weight) * vector[d];
}

Vector mean_of(const std::vector<const Answers::One*>& answers, std::size_t dim, double save_weight) {
  Vector mean(dim);
  double weights = 0;
  for (const auto* one : answers) {
    const double weight = one->answer == EventKind::kSave ? save_weight : 1;
    add_to(mean, one->vector, weight);
    weights += weight;
  }
  for (float& value : mean) value = static_cast<float>(value / std::max(weights, 1e-9));
  return mean;
}

// Looks valued by any function of their vectors: stored ones, or as seen from the mean.
class FunctionValued final : public Valued {
 public:
  using Function = std::function<float(std::span<const float>)>;

  FunctionValued(const IndexView& view, bool centred, Function function)
      : view_(view), centred_(centred), function_(std::move(function)) {}

  // Values everything unseen: for small catalogs.
  void scan(const IndexView::Subset& unseen, int n) {
    Vector buffer(static_cast<std::size_t>(view_.dim()));
    for (const LookKey look : view_.looks(unseen)) candidates.push_back({look, value_in(buffer, look)});
    const auto kept = std::min(candidates.size(), static_cast<std::size_t>(n));
    std::ranges::partial_sort(
        candidates, candidates.begin() + static_cast<std::ptrdiff_t>(kept),
        [](const Candidate& a, const Candidate& b) { return a.value != b.value ? a.value > b.value : a.key < b.key; });
    candidates.resize(kept);
  }
  float value_of(LookKey look) const override {
    Vector buffer(static_cast<std::size_t>(view_.dim()));
    return view_.contains(look) ? value_in(buffer, look) : 0;
  }

 private:
  float value_in(Vector& buffer, LookKey look) const {
    if (!centred_) return function_(view_.vector(look));
    centre(view_, look, buffer);
    return function_(buffer);
  }

  const IndexView& view_;
  const bool centred_;
  const Function function_;
};

// What was dealt by this program before the kernel: see docs/taste.md.
class FirstValued final : public Valued {
 public:
  static constexpr float kVariety = 0.3f;

  FirstValued(const Vector& profile, const Offer& offer, int k) : view_(offer.view), profile_(profile) {
    for (const Hit& hit : view_.search(profile, std::max(kPool, 4 * k), &offer.unseen))
      candidates.push_back({hit.key, (1 - kVariety) * hit.score});
    weight = kVariety;
  }
  float value_of(LookKey look) const override { return (1 - kVariety) * dot(profile_, view_.vector(look)); }
  // Maximal marginal relevance (Carbonell & Goldstein 1998): the nearest card counts.
  void crowd(LookKey card, std::span<float> crowding) const override {
    for (std::size_t i = 0; i < crowding.size(); ++i) {
      const float cosine = dot(view_.vector(candidates[i].key), view_.vector(card));
      crowding[i] = crowding[i] == 0 ? cosine : std::max(crowding[i], cosine);
    }
  }

 private:
  const IndexView& view_;
  const Vector profile_;
};

using Make = std::unique_ptr<Valued> (*)(const Swipes&, const Offer&, int k, Random&);

std::unique_ptr<Valued> nothing_known(const Offer& offer) {
  return std::make_unique<FunctionValued>(offer.view, false, [](std::span<const float>) { return 0.0f; });
}

std::unique_ptr<Valued> by_query(const Offer& offer, Vector query, bool centred, int k) {
  auto valued = std::make_unique<FunctionValued>(offer.view, centred,
                                                 [query](std::span<const float> vector) { return dot(query, vector); });
  if (centred) {  // not a search over stored vectors
    valued->scan(offer.unseen, std::max(kPool, k));
    return valued;
  }
  for (const Hit& hit : offer.view.search(query, std::max(kPool, k), &offer.unseen))
    valued->candidates.push_back({hit.key, hit.score});
  return valued;
}

std::unique_ptr<Valued> random_cards(const Swipes&, const Offer& offer, int, Random&) { return nothing_known(offer); }

// The origin's: p = .9 p + .1 e on a like, from a random start, never normalised.
std::unique_ptr<Valued> ema(const Swipes& swipes, const Offer& offer, int k, Random&) {
  Vector p(static_cast<std::size_t>(offer.view.dim()));
  const auto standing = swipes.standing();
  Random start(standing.empty() ? 1 : static_cast<std::uint64_t>(standing.front().event));
  for (float& value : p) value = static_cast<float>(start.uniform());
  for (const auto* one : Answers(swipes, offer.view, false).liked)
    for (std::size_t d = 0; d < p.size(); ++d) p[d] = 0.9f * p[d] + 0.1f * one->vector[d];
  return by_query(offer, p, false, k);
}

// Rocchio 1971, with the study's weights.
std::unique_ptr<Valued> rocchio(const Swipes& swipes, const Offer& offer, int k, Random&) {
  const Answers answers(swipes, offer.view, true);
  if (answers.all.empty()) return nothing_known(offer);
  const auto dim = static_cast<std::size_t>(offer.view.dim());
  Vector query(dim);
  add_to(query, mean_of(answers.liked, dim, 2), 0.75);
  add_to(query, mean_of(answers.disliked, dim, 1), -0.75);
  return by_query(offer, query, true, k);
}

// Qdrant's recommendation strategies, as its documentation defines them.
std::unique_ptr<Valued> qdrant_average(const Swipes& swipes, const Offer& offer, int k, Random&) {
  const Answers answers(swipes, offer.view, false);
  if (answers.liked.empty()) return nothing_known(offer);
  const auto dim = static_cast<std::size_t>(offer.view.dim());
  Vector query(dim);
  add_to(query, mean_of(answers.liked, dim, 1), 2);
  add_to(query, mean_of(answers.disliked, dim, 1), -1);
  return by_query(offer, query, false, k);
}

std::unique_ptr<Valued> qdrant_best_score(const Swipes& swipes, const Offer& offer, int k, Random&) {
  const auto answers = std::make_shared<const Answers>(swipes, offer.view, false);
  if (answers->all.empty()) return nothing_known(offer);
  auto valued = std::make_unique<FunctionValued>(offer.view, false, [answers](std::span<const float> vector) {
    const auto nearest = [&](const std::vector<const Answers::One*>& some) {
      float best = -2;
      for (const auto* one : some) best = std::max(best, dot(one->vector, vector));
      return best;
    };
    const auto squashed = [](float x) { return 0.5f * (x / (1 + std::abs(x)) + 1); };
    const float liked = nearest(answers->liked), disliked = nearest(answers->disliked);
    return liked > disliked ? squashed(liked) : -squashed(disliked);
  });
  valued->scan(offer.unseen, std::max(kPool, k));
  return valued;
}

std::unique_ptr<Valued> qdrant_sum(const Swipes& swipes, const Offer& offer, int k, Random&) {
  const Answers answers(swipes, offer.view, false);
  if (answers.all.empty()) return nothing_known(offer);
  Vector query(static_cast<std::size_t>(offer.view.dim()));
  for (const auto& one : answers.all) add_to(query, one.vector, is_like(one.answer) ? 1 : -1);
  return by_query(offer, query, false, k);
}

// w = (X'X + 6 I)^-1 X' (y - .3) = X' (XX' + 6 I)^-1 (y - .3)
std::unique_ptr<Valued> ridge(const Swipes& swipes, const Offer& offer, int k, Random&) {
  const Answers answers(swipes, offer.view, true);
  const std::size_t n = answers.all.size();
  if (n == 0) return nothing_known(offer);
  std::vector<double> a(n * n), y(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j)
      a[i * n + j] = static_cast<double>(dot(answers.all[i].vector, answers.all[j].vector));
    a[i * n + i] += 6;
    y[i] = is_like(answers.all[i].answer) ? 0.7 : -0.3;
  }
  const auto alphas = Cholesky(std::move(a), n).solve(y);
  Vector query(static_cast<std::size_t>(offer.view.dim()));
  for (std::size_t i = 0; i < n; ++i) add_to(query, answers.all[i].vector, alphas[i]);
  return by_query(offer, query, true, k);
}

// Ward clusters of liked looks (agglomerated until the distance passes `kCut`), their medoids weighted by
// sum 2^(-age/60), three of them drawn, cards dealt from each in turn (Pal et al. 2020).
std::unique_ptr<Valued> pinnersage(const Swipes& swipes, const Offer& offer, int k, Random& random) {
  constexpr double kCut = 0.9, kHalfLife = 60;
  constexpr std::size_t kDrawn = 3;
  const Answers answers(swipes, offer.view, true);
  if (answers.liked.empty()) return nothing_known(offer);
  struct Cluster {
    Vector sum;
    std::vector<std::size_t> members;
  };
  std::vector<Cluster> clusters;
  for (std::size_t i = 0; i < answers.liked.size(); ++i) clusters.push_back({answers.liked[i]->vector, {i}});
  std::vector<std::vector<double>> squared(clusters.size());  // distances, of the lower triangle
  for (std::size_t i = 0; i < clusters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      squared[i].push_back(2 - 2 * static_cast<double>(dot(clusters[i].sum, clusters[j].sum)));
  const auto apart = [&](std::size_t i, std::size_t j) -> double& { return i > j ? squared[i][j] : squared[j][i]; };
  for (;;) {
    std::size_t left = 0, right = 0;
    double least = kCut * kCut;
    for (std::size_t i = 0; i < clusters.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (squared[i][j] < least) least = squared[i][j], left = j, right = i;
    if (left == right) break;
    // Lance & Williams 1967: Ward's distances of the union.
    const auto nl = static_cast<double>(clusters[left].members.size());
    const auto nr = static_cast<double>(clusters[right].members.size());
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      if (i == left || i == right) continue;
      const auto ni = static_cast<double>(clusters[i].members.size());
      apart(i, left) = ((nl + ni) * apart(i, left) + (nr + ni) * apart(i, right) - ni * least) / (nl + nr + ni);
    }
    add_to(clusters[left].sum, clusters[right].sum, 1);
    auto& into = clusters[left].members;
    into.insert(into.end(), clusters[right].members.begin(), clusters[right].members.end());
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(right));
    squared.erase(squared.begin() + static_cast<std::ptrdiff_t>(right));
    for (std::size_t i = right; i < squared.size(); ++i)
      squared[i].erase(squared[i].begin() + static_cast<std::ptrdiff_t>(right));
  }
  std::vector<std::pair<double, Vector>> medoids;
  for (const Cluster& cluster : clusters) {
    double importance = 0;
    const Vector* medoid = nullptr;
    for (const std::size_t i : cluster.members) {
      importance +=
          (answers.liked[i]->answer == EventKind::kSave ? 2 : 1) * std::exp2(-answers.liked[i]->age / kHalfLife);
      const Vector& vector = answers.liked[i]->vector;
      if (medoid == nullptr || dot(vector, cluster.sum) > dot(*medoid, cluster.sum)) medoid = &vector;
    }
    medoids.emplace_back(importance, *medoid);
  }
  std::vector<std::unique_ptr<Valued>> rows;
  while (!medoids.empty() && rows.size() < kDrawn) {
    double all = 0;
    for (const auto& [importance, medoid] : medoids) all += importance;
    double drawn = random.uniform() * all;
    std::size_t at = 0;
    while (at + 1 < medoids.size() && drawn >= medoids[at].first) drawn -= medoids[at++].first;
    rows.push_back(by_query(offer, medoids[at].second, true, k));
    medoids.erase(medoids.begin() + static_cast<std::ptrdiff_t>(at));
  }
  // In turns: a candidate's value is its place.
  auto valued = std::make_unique<FunctionValued>(offer.view, false, [](std::span<const float>) { return 0.0f; });
  for (std::size_t place = 0; valued->candidates.size() < kPool; ++place) {
    bool any = false;
    for (const auto& row : rows) {
      if (place >= row->candidates.size()) continue;
      any = true;
      const LookKey key = row->candidates[place].key;
      if (std::ranges::find(valued->candidates, key, &Valued::Candidate::key) == valued->candidates.end())
        valued->candidates.push_back({key, -static_cast<float>(valued->candidates.size())});
    }
    if (!any) break;
  }
  return valued;
}

// A sum of swipes, saves twice, dislikes -.7, with a half-life of 60: what this program dealt by until 2026-11-30.
std::unique_ptr<Valued> first(const Swipes& swipes, const Offer& offer, int k, Random&) {
  const Answers answers(swipes, offer.view, false);
  Vector profile(static_cast<std::size_t>(offer.view.dim()));
  for (const auto& one : answers.all) {
    const double weight = one.answer == EventKind::kSave ? 2 : one.answer == EventKind::kLike ? 1 : -0.7;
    add_to(profile, one.vector, weight * std::exp2(-one.age / 60.0));
  }
  if (!(normalize(profile) > 1e-6f)) return nothing_known(offer);
  return std::make_unique<FirstValued>(profile, offer, k);
}

class RivalPolicy final : public Policy {
 public:
  RivalPolicy(std::string name, Make make) : name_(std::move(name)), make_(make) {}
  std::string name() const override { return name_; }
  std::unique_ptr<Valued> value(const Swipes& swipes, const Offer& offer, int k, Random& random) const override {
    return make_(swipes, offer, k, random);
  }

 private:
  const std::string name_;
  const Make make_;
};

class PopularValued final : public Valued {
 public:
  PopularValued(const Offer& offer, const std::vector<std::pair<LookKey, double>>& liked, int k) {
    for (const auto& [look, count] : liked) counts_.emplace(look, static_cast<float>(count));
    std::vector<std::pair<double, LookKey>> order;
    for (const auto& [look, count] : liked)
      if (offer.view.has(offer.unseen, look)) order.emplace_back(-count, look);
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size() && i < static_cast<std::size_t>(std::max(kPool, k)); ++i)
      candidates.push_back({order[i].second, static_cast<float>(-order[i].first)});
  }
  float value_of(LookKey look) const override {
    const auto count = counts_.find(look);
    return count == counts_.end() ? 0 : count->second;
  }

 private:
  std::unordered_map<LookKey, float> counts_;
};

class PopularPolicy final : public Policy {
 public:
  explicit PopularPolicy(std::vector<std::pair<LookKey, double>> liked) : liked_(std::move(liked)) {}
  std::string name() const override { return "popular"; }
  std::unique_ptr<Valued> value(const Swipes&, const Offer& offer, int k, Random&) const override {
    return std::make_unique<PopularValued>(offer, liked_, k);
  }

 private:
  const std::vector<std::pair<LookKey, double>> liked_;
};

struct Rival {
  std::string_view name;
  Make make;
};
constexpr Rival kRivals[] = {
    {"random", random_cards},
    {"ema-0.9", ema},
    {"rocchio", rocchio},
    {"qdrant-average", qdrant_average},
    {"qdrant-best-score", qdrant_best_score},
    {"qdrant-sum", qdrant_sum},
    {"ridge", ridge},
    {"pinnersage", pinnersage},
    {"first", first},
};

}  // namespace

std::unique_ptr<const Policy> rival_policy(std::string_view name) {
  const auto rival = std::ranges::find(kRivals, name, &Rival::name);
  if (rival == std::end(kRivals)) return nullptr;
  return std::make_unique<RivalPolicy>(std::string(name), rival->make);
}

std::unique_ptr<const Policy> popular_policy(std::vector<std::pair<LookKey, double>> liked) {
  return std::make_unique<PopularPolicy>(std::move(liked));
}

}  // namespace ootd
