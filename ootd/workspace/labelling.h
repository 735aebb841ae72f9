// `ootd label`: guesses labels of the workspace's photos from the names alone, to pre-sort them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/embed/zero_shot.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

struct LabelRequest {
  std::string key = "style_guess";  // not "style", so that guesses stay apart from facts
  std::string unless = "";          // photos with a label of this key are left out
  double min_share = 0;             // only a best name with this share of 1 is stored
  bool write = false;               // store each photo's best name
};

struct LabelReport {
  std::int64_t scored = 0, written = 0, without_vector = 0;
};

// The names of an embedding, best first, at least one: ZeroShot::score().
using ScoreNames = std::function<std::vector<NameScore>(std::span<const float>)>;

// Scores every photo by its stored vector of the generation, in the order of the catalog. Nothing in the catalog is
// locked while on_scores runs, which may take its time; what is to be stored is written in short batches in between.
// progress: "label". Throws Stopped; what was written stays.
LabelReport label_workspace(Workspace& workspace, const Generation& generation, const ScoreNames& score,
                            const LabelRequest& request,
                            const std::function<void(const ImageId&, const std::vector<NameScore>&)>& on_scores = {},
                            const Progress& progress = {});

}  // namespace ootd
