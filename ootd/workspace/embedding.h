// `ootd embed`: which photos lack a vector, by which model, and storing what comes out. Resumes after kill -9: what is
// in the catalog is done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ootd/cli/workspace.h"
#include "ootd/infer/session.h"

namespace ootd {

// The encoder that comes with the program (models/default/encoder), and the network that it, and a PCA, stand on.
inline constexpr char kDefaultModel[] = "ootd-style", kDefaultBackbone[] = "efficientnet_lite0";

struct Shard {
  int index = 0, count = 1;  // the rows with row % count == index
};

struct EmbedRequest {
  std::string model;  // empty: the model in use, or else kDefaultModel
  SessionOptions session;
  bool auto_precision = false;  // session.precision is chosen for each model by auto_precision()
  Shard shard;
  bool fit_pca = false;   // a PCA of kDefaultBackbone's vectors, of the workspace's own photos, is fitted and used
  bool garments = false;  // the main person's best garment of each category gets a vector too
  bool show_progress = true;
};

struct EmbedReport {
  std::string model;
  std::int64_t embedded = 0;  // photos, and garments
  double images_per_s = 0;    // over the whole run, opening the model left out
  std::vector<Failure> failures;
};

// Vectors by this model for those of the rows that lack one; failures are noted in the catalog.
void embed_rows(Workspace& workspace, const Model& model, const std::vector<Row>& rows, bool show_progress);

EmbedReport embed_workspace(Workspace& workspace, const EmbedRequest& request);

}  // namespace ootd
