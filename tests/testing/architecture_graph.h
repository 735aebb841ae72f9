// A tower of a golden row through GraphOps. Tests only.
#pragma once

#include "tests/testing/architecture_golden.h"
#include "tests/testing/run_graph.h"

namespace ootd::testing {

// The first n of the golden's inputs -> [n, width]
template <class Tower>
std::vector<float> graph_features(const Tower& tower, int n) {
  std::shared_ptr<ov::Model> graph;
  {  // The largest weigh gigabytes: gone before the graph is compiled.
    const Weights weights(procedural_weights(specs_of(tower, tower.input_shape(n))));
    graph = graph_of<typename Tower::Value>(weights, tower.input_shape(n), tower);
  }
  return run_graph(graph, tower.input().data()).values;
}

}  // namespace ootd::testing
