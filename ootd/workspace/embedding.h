// `ootd embed`: which photos lack a vector, by which model, and storing what comes out. Resumes after kill -9: what is
// in the catalog is done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/embed/encode_files.h"
#include "ootd/infer/session.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

// The encoder that comes with the program (models/default/encoder), and the network that it, and a PCA, stand on.
inline constexpr char kDefaultModel[] = "ootd-style", kDefaultBackbone[] = "efficientnet_lite0";

struct Shard {
  int index = 0, count = 1;  // every look is in one of `count` shards
};

struct EmbedRequest {
  std::string model;  // empty: the model in use, or else kDefaultModel
  SessionOptions session;
  bool auto_precision = false;  // session.precision is chosen for each model by auto_precision()
  Shard shard;
  bool fit_pca = false;   // a PCA of kDefaultBackbone's vectors, of the workspace's own photos, is fitted and used
  bool garments = false;  // the main person's best garment of each category gets a vector too
};

struct EmbedReport {
  Generation generation;
  // Looks that have a vector in the generation that serves and still lack one in this one, which serves once there are
  // none: other shards' work, or photos that `ootd crop` has not looked at yet. 0: it serves.
  std::int64_t waits_for = 0;
  std::int64_t embedded = 0;  // photos, and garments
  double images_per_s = 0;    // over the whole run, opening the model left out
  std::vector<Failure> failures;
};

// Vectors by this model for those of the looks that lack one; failures are noted in the catalog.
// progress: "features". Throws Stopped; the vectors that were computed are stored.
void embed_looks(Workspace& workspace, const Model& model, const std::vector<LookKey>& looks,
                 const Progress& progress = {});

// progress: "features" (of a PCA's sample), "embed", then each category of garments. Throws Stopped likewise.
EmbedReport embed_workspace(Workspace& workspace, const EmbedRequest& request, const Progress& progress = {});

// Single files, in their order, cropped by `outfits` if it is there. Nothing is stored.
void embed_files(const Model& model, const SessionOptions& options, const OutfitFinder* outfits,
                 std::span<const std::filesystem::path> files, const DecodeLimits& limits,
                 const std::function<void(const FileResult&)>& done);
// The same by the model and the detector that the workspace would take; where there is none, request.model is
// a folder (empty: kDefaultModel), and photos are seen whole.
void embed_files(const WorkspacePlace& place, const EmbedRequest& request, std::span<const std::filesystem::path> files,
                 const std::function<void(const Model&, const FileResult&)>& done);

}  // namespace ootd
