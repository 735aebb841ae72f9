// What a network wants to see: the pre-processing that its checkpoint's config.json states. It is data of the model, so
// it can never be given wrongly on a command line. Shared by models (reads it), image and text (do it) and infer (folds
// mean and std into the graph).
#pragma once

#include <array>

namespace ootd {

enum class Interpolation { kBilinear, kBicubic };

// The order of the two passes, which rounding between them makes visible on hard edges: Pillow up to version 12 goes
// horizontally first (all published figures do); Pillow 13 goes vertically first when that leaves much less to do.
enum class PassOrder { kHorizontalFirst, kPillow13 };

enum class Fit {
  kSquash,      // to width x height, the aspect ratio is ignored (SigLIP)
  kCenterCrop,  // the shorter side to resize_side, then a centred width x height window (torchvision)
};

// Where the window lies if an odd number of pixels is left over.
enum class Centre {
  kHalfEven,  // torchvision, so open_clip: half of the slack, a half to the even side (Python's round)
  kFloor,     // transformers: left and up
};

// Pixel value v in 0..255 of channel c (RGB) becomes (v / 255 - mean[c]) / std[c].
struct InputSpec {
  int width = 224, height = 224;
  Fit fit = Fit::kSquash;
  int resize_side = 256;              // kCenterCrop only
  Centre centre = Centre::kHalfEven;  // kCenterCrop only
  Interpolation filter = Interpolation::kBicubic;
  PassOrder pass_order = PassOrder::kHorizontalFirst;
  std::array<float, 3> mean = {0.5f, 0.5f, 0.5f};
  std::array<float, 3> std = {0.5f, 0.5f, 0.5f};
  friend bool operator==(const InputSpec&, const InputSpec&) = default;
};

// What is done to a text before it becomes tokens. The checkpoint was trained with one of these.
enum class Cleaning {
  kCanonicalize,  // open_clip's: repair encoding and entities, '_' to space, no punctuation, lower case, single spaces
  kSiglip,        // transformers' SiglipTokenizer: lower case, no punctuation ('_' too), single spaces
  kLowercase,     // SigLIP 2 with its Gemma tokenizer
  kClip,          // transformers' CLIPTokenizer: NFC, lower case, single spaces; then CLIP's own byte pairs
  kOpenClip,      // open_clip's SimpleTokenizer: repair encoding and entities, lower case, single spaces; likewise
  kNone,
};

// What a text tower wants to see; the tokenizer's own files lie beside the weights.
struct TextSpec {
  int length = 64;  // tokens, padded or cut
  Cleaning cleaning = Cleaning::kCanonicalize;
  friend bool operator==(const TextSpec&, const TextSpec&) = default;
};

}  // namespace ootd
