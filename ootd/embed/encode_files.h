// Files to vectors at the speed of the model: decoding, fitting and inference of different files overlap on all cores,
// and so does what the caller does with the results.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/embed/encoder.h"
#include "ootd/image/decode.h"

namespace ootd {

struct FileJob {
  LookKey look = {};
  std::filesystem::path file;
  std::optional<Box> crop = {};  // the only part seen, in pixels of the upright photo; nothing = the whole
};

struct FileResult {
  FileJob job;
  std::vector<float> vector;  // empty if it failed
  std::string problem;        // why, if it failed
};

// One picture file, or the part of it that `crop` says, as the encoder sees it: decoded at the smallest sufficient
// scale. Throws Error as decode_for.
Image load_for(const Encoder& encoder, const std::filesystem::path& file, const DecodeLimits& limits = {},
               const std::optional<Box>& crop = std::nullopt);

// The vector of each job's file, as run_jobs() says.
void encode_files(const Encoder& encoder, const std::function<std::optional<FileJob>()>& next,
                  const std::function<void(FileResult)>& done, const DecodeLimits& limits = {});

}  // namespace ootd
