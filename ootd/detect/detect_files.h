// Many photos to outfits at the speed of the detector: decoding, detection and what the caller does with the results
// overlap on all cores.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "ootd/base/image_id.h"
#include "ootd/detect/outfit_finder.h"

namespace ootd {

struct PhotoJob {
  LookKey look = {};
  std::filesystem::path file;
};

struct PhotoResult {
  PhotoJob job;
  PhotoOutfit photo;
  std::string problem;  // why, if it failed
};

// Each job's photo, as run_jobs() says. `also` runs on the worker threads, many at once, after a photo was looked at:
// for what takes time of its own, such as drawing. An Error that it throws is the photo's problem.
void detect_files(const OutfitFinder& finder, const std::function<std::optional<PhotoJob>()>& next,
                  const std::function<void(PhotoResult)>& done,
                  const std::function<void(const PhotoResult&)>& also = {}, const DecodeLimits& limits = {});

}  // namespace ootd
