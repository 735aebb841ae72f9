// `ootd models quantize`: calibrates a model on the workspace's own photos.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "ootd/base/progress.h"
#include "ootd/infer/calibrate.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

struct QuantizeReport {
  Quantization quantization;
  std::filesystem::path file;  // where it was written
};

// On so many photos, as `ootd embed` sees them. The file lies in the model's folder, or, for a model that comes with
// the program, in a folder of the same files in the workspace, which is found first. notice: as of calibrate().
// progress: "photos".
// Throws Error(kUnavailable) if the vectors in int8 are too far from those in float32; Stopped: nothing was written.
QuantizeReport quantize_model(Workspace& workspace, const Model& model, int photos,
                              const std::function<void(const std::string&)>& notice = {},
                              const Progress& progress = {});

}  // namespace ootd
