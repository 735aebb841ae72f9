// Finds photos: walks folders and reads annotation files into one stream of photos with what is known about each.
// Of a walked file the first bytes are read, which say what it is, whatever its name. The order is the same in every
// run: names are sorted by their bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/catalog/catalog.h"

namespace ootd {

// What boxes were measured in.
struct Frame {
  enum class Unit {
    kPhoto,     // pixels of the upright photo
    kFraction,  // 0..1 of its width and height
    kBitmap,    // pixels of a bitmap of width x height: the photo, itself or scaled, upright or as it is stored
  };
  Unit unit = Unit::kPhoto;
  double width = 0, height = 0;
  friend bool operator==(const Frame&, const Frame&) = default;
};

// One photo, or (where `reason` is not empty) one file or row that names none.
struct Listed {
  std::string where = {};              // what a failure calls it: "/a.jpg", "/a/labels.csv:12", "/a/x.json:images[3]"
  std::filesystem::path path = {};     // absolute; of a photo in an archive: ARCHIVE/NAME
  std::string by = {};                 // the annotation file that says this; empty: the folders alone
  std::vector<Label> labels = {};      // as found: unsorted, may repeat
  std::vector<Garment> garments = {};  // boxes a person drew; category "person" = the whole figure
  bool says_boxes = false;             // these are all there are, also if there are none
  Frame frame = {};                    // of garments
  std::string reason = {};             // why this is a failure
  bool again = false;                  // this photo was listed before, by another annotation file
  std::shared_ptr<const std::vector<std::byte>> bytes = {};  // of a photo in an archive, else null
};

using ListingSink = std::function<void(Listed)>;

// How often something happened, and where first.
struct Tally {
  std::int64_t count = 0;
  std::string first;
};
using Tallies = std::map<std::string, Tally>;
void add_to(Tallies& tallies, const std::string& kind, const std::string& where, std::int64_t count = 1);
void add_to(Tallies& tallies, const Tallies& more);

// What an import did not take as it was given; all else that it did not take is a failure.
struct ListingNotes {
  // Files of a walked folder that hold no photo and no annotations: by extension (".tif"), by name where the extension
  // says little ("result.json", at most kNamedFiles a kind), "hidden" for .files and .folders.
  Tallies left_out;
  Tallies unknown_categories;  // boxes, by the source's word
  Tallies ignored_columns;     // rows, by column: the program's own keys, and what is neither text nor number
  // turned, scaled, clipped: changed to lie on the photo. crowd, outside, other_shape, orphan, ambiguous_id: left out.
  Tallies boxes;
};
inline constexpr std::size_t kNamedFiles = 20;

struct Listing {
  // The folders and annotation files that were read without a complaint about themselves: if an earlier run failed
  // there, that is over.
  std::vector<std::string> readable;
  ListingNotes notes;
};

// Lists the given paths (import.h says what each may be) one after the other: of a folder first what its annotation
// files name, then the plain photos no annotation file named. `label_key` is the key of folder names. The workspace
// `home` is never walked into, or an import of "." would take its own copies for new photos.
// Memory: what one annotation file says, the names of one folder's files, and of archives one photo.
Listing list_photos(std::span<const std::filesystem::path> paths, const std::string& label_key,
                    const std::filesystem::path& home, const ListingSink& sink);

}  // namespace ootd
