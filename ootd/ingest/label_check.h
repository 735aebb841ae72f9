// The labels doctor: what in a labelled set of photos would teach a model the wrong thing. It looks, counts and gives
// reasons; nothing is changed. (Labels that contradict an embedding are ootd/train/label_noise.h's.)
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/catalog/catalog.h"

namespace ootd {

enum class LabelFault {
  kSeveralValues,  // listed under several styles: right for many a look, so for people to see only
  kCopyElsewhere,  // a near copy of a photo of which it shares no style
  kSmall,          // far smaller than the others, or than any model's input
  kOddShape,       // far wider or higher than the others: a banner, a strip
  kNearBlack,      // nothing to see
  kTextHeavy,      // a size chart, a poster
  kNoClothes,      // `ootd crop` found nobody in clothes
  kUnreadable,     // the copy is gone or damaged
};
std::string_view to_string(LabelFault fault);  // "several-values", "copy-elsewhere" ...

struct LabelFinding {
  LabelFault fault = LabelFault::kUnreadable;
  ImageId id;
  std::string reason;  // with the figures that led to it, and the other photo's id
};

struct LabelCheck {
  std::int64_t images = 0, unlabelled = 0;
  std::vector<std::pair<std::string, std::int64_t>> counts;  // label, photos; by label
  std::vector<LabelFinding> findings;                        // by fault, then as the catalog has them
};

struct LabelCheckOptions {
  int smallest_side_px = 160;  // under this a photo is small, whatever the others are
  double size_factor = 4;      // times smaller than the median of sqrt(width x height)
  double shape_factor = 2;     // times wider or higher than the median of width / height
  int threads = 0;
};

// key: "style". Photos without a value of it are counted, and looked at otherwise as all others.
// Cost: decoding every photo at a small scale; some milliseconds each.
LabelCheck check_labels(const Catalog& catalog, const std::string& key, const LabelCheckOptions& options = {},
                        const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});

}  // namespace ootd
