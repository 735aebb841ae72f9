// Policies that others use, to compare with: none of them serves. What is seen is never dealt again by any of them,
// which is kinder than some of the originals. Sources and settings: docs/taste.md.
#pragma once

#include <memory>
#include <string_view>

#include "ootd/taste/policy.h"

namespace ootd {

// Null for a name that is none of them.
std::unique_ptr<const Policy> rival_policy(std::string_view name);

// The most liked look of everybody first. liked: how often, by look.
std::unique_ptr<const Policy> popular_policy(std::vector<std::pair<LookKey, double>> liked);

}  // namespace ootd
