// Local photos into a workspace: what `ootd import` runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "ootd/base/progress.h"
#include "ootd/ingest/import.h"
#include "ootd/workspace/place.h"

namespace ootd {

struct ImportRequest {
  // Its limits are the workspace's (photo_limits.h), but for max_pixels.
  ImportOptions options;
  std::optional<std::int64_t> max_pixels;  // a photo's; the workspace keeps the largest that was given
};

// import_paths() into the workspace. Where there is none yet it is made, and goes away again if no photo came
// in. Throws as import_paths().
ImportReport import_photos(const WorkspacePlace& place, std::span<const std::filesystem::path> paths,
                           ImportRequest request, const Progress& progress = {});

}  // namespace ootd
