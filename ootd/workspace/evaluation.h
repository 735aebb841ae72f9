// `ootd eval`: which images are queries, which may be found, and what one model's vectors make of that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ootd/eval/retrieval.h"
#include "ootd/eval/summary.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

struct EvalRequest {
  std::string split = "test";     // queries; if no image has it, every labelled image is one
  std::string gallery = "train";  // what they are looked up in
  std::string key = kStyleKey;    // images that share a value of this label are relevant
  std::string within = "";        // label key; only images of the same value (or both without) are candidates
  // A query never finds images of its own source: the folder they came from, or the value of the label `group_key`.
  bool exclude_same_source = false;
  std::string group_key = "";
  // Labels that training never saw. All their images, of every split, are queries then, one label at a time, against
  // the gallery and the label's other images.
  std::vector<std::string> unseen = {};
  bool leave_one_out = false;  // every label as if unseen
};

// One set of queries with what they are looked up in; the vectors are filled in later, model by model.
struct Fold {
  LabelledRows queries, gallery;
};

// What all models are asked alike.
struct EvalTask {
  std::vector<Fold> folds;
  LabelledRows clustered;           // the queries once each, for silhouette and AMI
  std::vector<std::string> labels;  // the names of label numbers
  std::size_t gallery_size = 0;     // of all folds together, each image once
  std::string protocol;
};

struct ModelScores {
  Retrieval retrieval;           // of all folds, one after the other
  std::vector<LabelSet> labels;  // of each query
  // Of the queries that carry a single label; none if these are of fewer than 2 labels. The k-means has as many
  // clusters as there are labels. AMI has no interval: the copies in a resample look like agreement.
  std::optional<Estimate> silhouette;
  std::optional<double> ami;
  std::size_t clustered = 0;  // how many those are
  std::size_t dim = 0;
};

// Images that lack a vector of one of the models are left out for all. Throws kNotFound for label keys, labels and
// splits that no image has.
EvalTask gather_task(const Catalog& catalog, const EvalRequest& request, const std::vector<Generation>& generations);

// Throws kInput if no query has anything to find.
ModelScores score_model(const Catalog& catalog, const Generation& generation, EvalTask& task,
                        const BootstrapOptions& options);

}  // namespace ootd
