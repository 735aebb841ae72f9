// `ootd crop`: which photos have not been looked at by this detector and rule, and storing what is found. Resumes after
// kill -9: what is in the catalog is done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/detect/detect_files.h"
#include "ootd/infer/session.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

// The detector that comes with the program (models/default/detector).
inline constexpr char kDefaultDetector[] = "ootd-detector";

struct FinderChoice {
  std::string detector;             // empty: the workspace's, or else kDefaultDetector
  std::filesystem::path rule_file;  // empty: the workspace's rule, or else the default
  SessionOptions session;
  std::optional<float> min_score = {};  // in place of the detector's own, which the rule then keeps
};
// workspace: none if null. Throws Error(kNotFound) saying what to do if there is no such detector.
std::unique_ptr<OutfitFinder> make_outfit_finder(const std::filesystem::path& home, const Workspace* workspace,
                                                 const FinderChoice& choice);

struct CropRequest {
  FinderChoice finder;
  std::filesystem::path overlay;  // a folder for write_overlay(); photos without a picture there are looked at again
  bool redo = false;              // all photos
};

struct CropReport {
  std::string origin;
  std::int64_t images = 0, cropped = 0;               // looked at in this run
  std::map<std::string, std::int64_t> rejected = {};  // by the refusal's name
  double images_per_s = 0;                            // opening the detector left out
  std::vector<Failure> failures = {};
};

// progress: "crop". Throws Stopped; the photos that were looked at are stored.
CropReport crop_workspace(Workspace& workspace, const CropRequest& request, const Progress& progress = {});

// What was found on the photo, drawn over it as a JPEG.
void write_overlay(const PhotoResult& result, const std::filesystem::path& picture, const DecodeLimits& limits);

}  // namespace ootd
