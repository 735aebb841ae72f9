// Finds the photo that an annotation file means: paths there start at the file's folder, at images/ or data/ beside it,
// at the data set's root or on somebody else's machine, with slashes or backslashes, composed accents or not.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ootd/ingest/listing.h"

namespace ootd {

class PhotoFinder {
 public:
  // A photo of the walked folder.
  void add(const std::filesystem::path& photo) { photos_.push_back(photo); }
  // Of an annotation file that was given alone: its folder, and folders below that only hold things (images/train), are
  // looked through when a name is not found otherwise.
  void look_below(const std::filesystem::path& folder) { unread_.push_back(folder); }

  // Sets photo.path, or photo.reason where the name means several photos or cannot be one. A photo that is nowhere has
  // the path that the name says. folder: the annotation file's. split: decides between photos that the name fits alike.
  void locate(Listed& photo, const std::filesystem::path& folder, std::string_view name, std::string_view split = {});
  // The same for a name that may lack its extension; false if there is no such photo.
  bool locate_stem(Listed& photo, const std::filesystem::path& folder, std::string_view name);

 private:
  enum class Key { kName, kStem };
  void index();
  std::vector<std::size_t> best_fits(const std::filesystem::path& folder, const std::vector<std::string>& parts,
                                     bool from_elsewhere, std::string_view split, Key key);

  std::vector<std::filesystem::path> photos_, unread_;
  std::size_t indexed_ = 0;
  std::unordered_multimap<std::string, std::size_t> by_name_, by_stem_;  // plain_name() -> photos_
};

}  // namespace ootd
