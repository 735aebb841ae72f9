// The outcome of `ootd eval` as JSON (whose keys scripts rely on) and as a table made from it.
#pragma once

#include <string>

#include "ootd/base/json.h"
#include "ootd/workspace/evaluation.h"

namespace ootd {

// {"map": ..., "map_ci": [low, high], ...} and "macro", "per_label", "silhouette" and "ami" (null where they make
// no sense) of "clustered" queries, "n", "left_out", "model", "dim".
Json scores_json(const std::string& model, const ModelScores& scores, const EvalTask& task,
                 const BootstrapOptions& options);

// {"map": a - b, "map_ci": [low, high], ...}, on the same queries.
Json difference_json(const ModelScores& a, const ModelScores& b, const BootstrapOptions& options);

// One line per metric: value, interval, macro average; then one per label, if `per_label`.
std::string scores_text(const Json& scores, bool per_label);

}  // namespace ootd
