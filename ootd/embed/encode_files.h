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
  Row row = 0;
  std::filesystem::path file;
};

struct FileResult {
  FileJob job;
  std::vector<float> vector;  // empty if it failed
  std::string problem;        // why, if it failed
};

// One picture file as the encoder sees it, decoded at the smallest sufficient scale. Throws Error as decode_image.
Image load_for(const Encoder& encoder, const std::filesystem::path& file, const DecodeLimits& limits = {});

// Runs every job that `next` hands out (until it returns nothing) and gives each result to `done`, in the order in
// which they finish. `next` and `done` are called one at a time, `done` on the caller's thread; a slow `done` does not
// stop the workers until some hundred results wait. A bad file is a result with its problem; any other failure ends the
// run and is thrown here.
void encode_files(const Encoder& encoder, const std::function<std::optional<FileJob>()>& next,
                  const std::function<void(FileResult)>& done, const DecodeLimits& limits = {});

}  // namespace ootd
