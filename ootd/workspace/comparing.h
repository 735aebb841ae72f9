// What another generation of vectors would change for a workspace's people, before it serves. Their tastes need no
// conversion: swipes are events, and every deck folds them anew in the vectors that serve.
#pragma once

#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/workspace/simulating.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

inline constexpr int kComparedCards = 50;

struct GenerationComparison {
  Generation serving, other;
  // Of each person with a like, by name: the share of the kComparedCards best unseen looks that both generations name.
  std::vector<std::string> people;
  std::vector<double> agreement;
  // Simulated people by either generation's vectors, judged by the serving ones; empty where the workspace's label has
  // not enough values.
  std::vector<SimulatedPolicy> simulated;  // serving, other
};

// other: a model by id, name or folder that has vectors here. users: simulated people; 0 = none.
// Throws Error(kNotFound) if it has none, kInput if it serves already.
GenerationComparison compare_generations(const Workspace& workspace, const std::string& other, int users,
                                         const Progress& progress = {});

}  // namespace ootd
