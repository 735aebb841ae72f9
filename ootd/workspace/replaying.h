// `ootd replay` and `ootd ab report`: what a workspace's log says of policies. Nothing is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ootd/taste/comparison.h"
#include "ootd/taste/replay.h"
#include "ootd/workspace/taste_settings.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

struct PolicyReplay {
  std::string policy;
  OffPolicy result;
  LeftOut left_out;
};
// Over the vectors and labels of today, which may be others than when the cards were dealt. Throws Error(kInput) for an
// unknown policy, and for "popular": what it deals is no function of the log up to then.
std::vector<PolicyReplay> replay_policies(const Workspace& workspace, const std::vector<std::string>& policies,
                                          std::int64_t since_ms);

Comparison compare_arms(const Workspace& workspace, std::int64_t since_ms);

// "2026-11-30": the beginning of that day in UTC, as Unix time. Throws Error(kInput).
std::int64_t day_ms(const std::string& date);

}  // namespace ootd
