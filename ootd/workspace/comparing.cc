#include "ootd/workspace/comparing.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/taste/deck.h"
#include "ootd/workspace/garments.h"
#include "ootd/workspace/taste_settings.h"

namespace ootd {
namespace {

constexpr std::size_t kFewestValues = 3;  // of the label, for people who like three of them

// The best unseen looks, in ascending order.
std::vector<LookKey> best_looks(const Policy& policy, const Swipes& swipes, const IndexView& view,
                                const LookTraits& traits) {
  const Seen seen = seen_of(view, swipes);
  Random random(1);
  const auto valued = policy.value(swipes, {view, seen.unseen, traits}, kComparedCards, random);
  std::vector<LookKey> looks;
  for (const auto& candidate : valued->candidates)
    if (looks.size() < kComparedCards) looks.push_back(candidate.key);
  std::ranges::sort(looks);
  return looks;
}

}  // namespace

GenerationComparison compare_generations(const Workspace& workspace, const std::string& other, int users,
                                         const Progress& progress) {
  GenerationComparison comparison{.serving = workspace.need_serving(),
                                  .other = workspace.find_generation(other),
                                  .people = {},
                                  .agreement = {},
                                  .simulated = {}};
  if (comparison.other == comparison.serving)
    throw Error(Kind::kInput, to_string(comparison.serving) + " serves already: there is nothing to compare");
  const Catalog& catalog = workspace.catalog();
  const TasteSettings settings = taste_settings(workspace.home());
  const LookLabels labels = labels_of(catalog, settings);
  const VectorIndex serving_index(catalog, comparison.serving, workspace.home());
  const VectorIndex other_index(catalog, comparison.other, workspace.home());
  const auto serving = serving_index.view(), candidate = other_index.view();
  const GarmentViews garments = garments_at_hand(workspace, comparison.serving),
                     other_garments = garments_at_hand(workspace, comparison.other);
  for (const std::string& user : catalog.users()) {
    Swipes swipes;
    swipes.fold(catalog.events(user));
    if (!swipes.has_like()) continue;
    const Policy& policy = *settings.policy_of(user);
    const auto before = best_looks(policy, swipes, *serving, {&labels, &garments}),
               after = best_looks(policy, swipes, *candidate, {&labels, &other_garments});
    std::vector<LookKey> both;
    std::ranges::set_intersection(before, after, std::back_inserter(both));
    comparison.people.push_back(user);
    comparison.agreement.push_back(
        before.empty() ? 1.0 : static_cast<double>(both.size()) / static_cast<double>(before.size()));
  }
  if (users > 0 && labels.values().size() >= kFewestValues) {
    SimulationRequest request;
    request.labels = {settings.label};
    request.users = users;
    request.judge = comparison.serving.model;
    for (const Generation& generation : {comparison.serving, comparison.other}) {
      request.model = generation.model;
      comparison.simulated.push_back(simulate_policies(workspace, request, progress).front().policies.front());
    }
  }
  return comparison;
}

}  // namespace ootd
