// The hint at a stage's end: the pipeline goes import or crawl, crop, embed, serve.
#pragma once

#include <string>

#include "ootd/workspace/workspace.h"

namespace ootd {

enum class Stage { kPhotos, kCrops, kVectors };

// ". Next: ootd crop": the first step after the one just made that the workspace needs. Cost: some reads of the
// catalog.
std::string next_step(const Workspace& workspace, Stage made);

}  // namespace ootd
