// HOME/ootd.toml, the table [taste]: by which policy a workspace's people are dealt their cards (docs/parameters.md).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/catalog/catalog.h"
#include "ootd/taste/arms.h"
#include "ootd/taste/look_labels.h"
#include "ootd/taste/policy.h"

namespace ootd {

struct TasteSettings {
  std::string label;      // the label key that tastes go by too; empty = none
  double explore = 0.01;  // the share of places drawn at random, DeckRequest::explore
  std::shared_ptr<const Policy> policy = find_policy("kernel");
  // An A/B test: [taste.arms] in place of `policy`, each with its share of the people, divided by `salt`.
  std::vector<Arm> arms;
  std::string salt;
  std::vector<std::shared_ptr<const Policy>> arm_policies;

  const std::shared_ptr<const Policy>& policy_of(std::string_view user) const {
    return arms.empty() ? policy : arm_policies[static_cast<std::size_t>(&arm_of(arms, salt, user) - arms.data())];
  }
};

// The defaults where there is no file. Throws Error(kInput) naming the file and the field.
TasteSettings taste_settings(const std::filesystem::path& home);

// The labels of the settings' key as they are now; empty if it is empty or no look has it.
LookLabels labels_of(const LookStore& looks, const TasteSettings& settings);

}  // namespace ootd
