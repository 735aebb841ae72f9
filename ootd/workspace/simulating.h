// `ootd simulate`: simulated people (ootd/taste/simulator.h) over a workspace's own looks and labels, and what several
// policies are worth to them. Writes nothing into the workspace.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/taste/simulator.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

struct SimulationRequest {
  std::vector<std::string> policies = {"kernel"};  // as find_policy() knows them
  std::vector<std::string> kinds = {"style3"};
  // What tastes are made of: label keys, and products of them ("style*group4": the looks that share a value of both).
  std::vector<std::string> labels = {kStyleKey};
  std::vector<std::string> except = {};        // values that are left out
  int min_looks = 1;                           // of a value, or it is left out
  int max_looks = 0;                           // likewise; 0 = any
  std::string model = {};                      // by whose vectors cards are dealt; empty: that which serves
  std::string judge = {};                      // the model whose vectors judge; likewise
  std::vector<std::string> taste_labels = {};  // that the policies go by, as `labels`; none = none
  bool garments = false;  // whether the policies go by garments too, where these have vectors of the model
  int users = 200;
  std::uint64_t seed = 1;
  int swipes = 0;  // 0: as the kind has
  SimulationOptions options = {};
};

struct SimulatedPolicy {
  std::string policy;  // as it was asked for
  Simulated outcome;
};
// One kind of people, who met all policies with the same luck.
struct SimulatedKind {
  std::string kind;
  std::vector<SimulatedPolicy> policies;
};

// Looks by the values of the items; names are the values ("Street", "Street top"), with more than one item the item
// before it ("class=shirt"). Throws Error(kNotFound) for a key that no look has, naming those that there are.
std::vector<NamedLooks> looks_by_labels(const LookStore& looks, const std::vector<std::string>& items);

// Throws, before anything is simulated, for policies, kinds, labels and models that are not there.
std::vector<SimulatedKind> simulate_policies(const Workspace& workspace, const SimulationRequest& request,
                                             const Progress& progress = {});

// {"cells": [{"kind", "policies": [{"policy", "hit_rate", "hit_rate_interval": [low, high], ..., "coverage", "gini",
// "ms", "curve", "difference": {"hit_rate": [mean, low, high], ...}}]}]}: 95 % intervals over people; differences are
// to the first policy, person by person. "policies" stands at the top too if there is one kind.
Json simulation_json(const std::vector<SimulatedKind>& kinds);

// A page with the learning curves and the tables. Throws Error(kUnavailable) if it cannot be written.
void write_simulation_report(const std::filesystem::path& file, const SimulationRequest& request,
                             const std::vector<SimulatedKind>& kinds, const std::string& tables);

}  // namespace ootd
