// Writes a data set of rendered looks: folder/<Style>/<style>-000123.jpg and folder/annotations.json in COCO form.
//   images       id, file_name (relative to the folder), width, height, person_bbox, style, split (train | val | test),
//                place, if there are places
//   annotations  id, image_id, category_id, fine_category, bbox [x, y, w, h], area (visible pixels), iscrowd 0
//   categories   1 outer, 2 bottom, 3 dress, 4 top
// Look i has style i mod 13 and seeds made from (seed, i) only, so the same options give the same bytes, and a larger
// count continues a smaller one. The background's seed knows nothing of the style.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "tools/render/look.h"

namespace ootd {

inline constexpr int kMaxLooks = 1'000'000;  // names have six digits

struct LookSetOptions {
  // These change results.
  int count = 1300;  // 1 .. kMaxLooks
  std::uint64_t seed = 1;
  // 0: every look has a background of its own. Else there are this many, each look at one drawn at random: pictures
  // then resemble each other by where they were taken, and the label "place" says where.
  int places = 0;
  LookOptions look;
  int jpeg_quality = 90;
  double train = 0.8, val = 0.1, test = 0.1;  // shares of every style's looks; they sum to 1
  // This one changes speed only.
  int threads = 0;  // 0 = all cores
};

// Called after each look, from one thread at a time.
using LookSetProgress = std::function<void(int done, int total)>;

// Files are written atomically, annotations.json whole and last; a set that was interrupted can be written again. In an
// earlier set, pictures that do not belong to the new one are removed.
// Throws Error: kInput for options out of range, and for a folder that holds something else than a look set (which is
// left untouched); kUnavailable if the disk refuses.
void write_look_set(const std::filesystem::path& folder, const LookSetOptions& options,
                    const LookSetProgress& progress = {});

}  // namespace ootd
