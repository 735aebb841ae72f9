// Finds photos: walks folders and reads annotation files into one stream of photos with what is known about each.
// No photo is opened here. The order is the same in every run: names are sorted by their bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/catalog/catalog.h"

namespace ootd {

// One photo, or (where `reason` is not empty) one file or row that names none.
struct Listed {
  std::string where;           // what a failure calls it: the path, "/a/labels.csv:12", "/a/annotations.json:images[3]"
  std::filesystem::path path;  // absolute
  std::vector<Label> labels;   // as found: unsorted, may repeat
  std::vector<Garment> garments;  // boxes a person drew; category "person" = the whole figure
  bool says_boxes = false;        // these are all there are, also if there are none
  std::string by{};               // the annotation file that says all this; empty: the photo's own place
  std::string reason;             // why this is a failure
};

using ListingSink = std::function<void(Listed)>;

// Lists the given paths (import.h says what each may be) one after the other: of a folder first what its annotation
// files name, then the plain photos no annotation file named. `label_key` is the key of folder names. The workspace
// `home` is never walked into, or an import of "." would take its own copies for new photos. Returns the folders and
// annotation files that were read without a complaint about themselves: if an earlier run failed there, that is over.
std::vector<std::string> list_photos(std::span<const std::filesystem::path> paths, const std::string& label_key,
                                     const std::filesystem::path& home, const ListingSink& sink);

}  // namespace ootd
