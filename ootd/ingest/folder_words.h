// What the names of folders and annotation files say: which only hold things (images, train2017, 00000), which a split.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ootd {

struct FolderRole {
  bool is_container = false;  // never a style
  std::string split;          // "train", "val", "test", or empty; a folder with a split is a container
};
// Upper case does not matter: "images", "val2017", "test_images", "00000", "DCIM".
FolderRole role_of(std::string_view folder);

// Of an annotation file's name without extension: "instances_val2017" -> "val"; empty if it says none, or several.
std::string split_of_file(std::string_view stem);

struct FolderPlace {
  std::string style, split;
};
// What the folders below a data set's own say of a photo in the last of them: the first that is no container is the
// style; a split counts before it.
FolderPlace place_of(const std::filesystem::path& folders);

}  // namespace ootd
