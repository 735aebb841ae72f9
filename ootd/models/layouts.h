// What a file calls its weights -> what the networks call them: open_clip's names for SigLIP and CLIP, the source
// framework's for the others. One key of the file tells its layout:
//   open_clip, torchvision, our own   names as they are; CLIP's text tower with or without "text."
//   transformers' SiglipModel         renamed; q, k and v are joined, the pooling's in_proj is cut in two
//   transformers' CLIPModel           renamed; q, k and v are joined, the two projections are turned
//   timm's ViT alone                  an image tower without "visual.trunk."
// and each may lie behind a wrapper's prefix ("model.", "module.", "state_dict.", "_orig_mod.").
// Nothing is copied: a joined weight refers to its parts, a cut one to some of the rows, a turned one has other
// strides.
#pragma once

#include <string>

#include "ootd/models/containers.h"
#include "ootd/models/weights.h"

namespace ootd {

struct Layout {
  NamedWeights weights;
  std::string note;  // what was done to the names, for error messages; empty if nothing
};

// views: of all files of one state. `where` starts each message. Throws Error(kInput) where two names become one.
Layout to_canonical(WeightViews views, const std::string& where);

}  // namespace ootd
