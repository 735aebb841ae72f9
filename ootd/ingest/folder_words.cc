#include "ootd/ingest/folder_words.h"

#include <algorithm>
#include <array>
#include <vector>

#include "ootd/base/unicode.h"

namespace ootd {
namespace {

constexpr std::pair<std::string_view, std::string_view> kSplits[] = {
    {"train", "train"},    {"training", "train"}, {"trn", "train"}, {"val", "val"},      {"valid", "val"},
    {"validation", "val"}, {"dev", "val"},        {"test", "test"}, {"testing", "test"}, {"tst", "test"},
};
constexpr std::string_view kContainers[] = {
    "images",   "image",     "imgs",   "img",   "photos", "photo", "pictures",   "pics", "data",       "dataset",
    "datasets", "set",       "files",  "file",  "labels", "label", "annotation", "anno", "ann",        "annotations",
    "annots",   "default",   "coco",   "yolo",  "jpegs",  "jpeg",  "jpg",        "png",  "jpegimages", "upload",
    "uploads",  "unlabeled", "shards", "shard", "media",  "dcim",  "trainval",   "all",  "split",      "splits",
};
// In the names of annotation files only.
constexpr std::string_view kFileWords[] = {"instances", "person",  "keypoints", "captions", "metadata", "manifest",
                                           "part",      "result",  "results",   "class",    "classes",  "tags",
                                           "info",      "fashion", "of",        "json",     "csv",      "gt"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

// "Train_images-2017" -> train, images, 2017.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  char before = ' ';
  for (const char c : encode_utf8(lower(decode_utf8(name)))) {
    if (is_digit(c) || is_letter(c)) {
      if (words.empty() || is_digit(c) != is_digit(before) || !(is_digit(before) || is_letter(before)))
        words.emplace_back();
      words.back() += c;
    }
    before = c;
  }
  return words;
}

std::string_view split_word(const std::string& word) {
  const auto* row = std::ranges::find(kSplits, word, &std::pair<std::string_view, std::string_view>::first);
  return row == std::end(kSplits) ? std::string_view() : row->second;
}

bool is_number(const std::string& word) { return std::ranges::all_of(word, is_digit); }

// The number of a shard, as 00000 or 012; a plain 7 or 1990 may be somebody's class.
bool is_shard_number(std::string_view name) {
  return std::ranges::all_of(name, is_digit) && (name.size() >= 5 || (name.size() >= 3 && name[0] == '0'));
}

// As cameras number their folders (DCF): 100APPLE, 101_PANA.
bool is_camera_folder(std::string_view name) {
  return name.size() == 8 && std::ranges::all_of(name.substr(0, 3), is_digit) && name[0] != '0' &&
         std::ranges::all_of(name.substr(3), [](char c) { return is_digit(c) || c == '_' || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

FolderRole role_of(std::string_view folder) {
  if (is_shard_number(folder) || is_camera_folder(folder)) return {.is_container = true, .split = ""};
  FolderRole role;
  bool known = false;
  for (const std::string& word : words_of(folder)) {
    if (const auto split = split_word(word); !split.empty()) {
      if (role.split.empty()) role.split = split;
      known = true;
    } else if (std::ranges::find(kContainers, word) != std::end(kContainers)) {
      known = true;
    } else if (!is_number(word)) {
      return {};
    }
  }
  role.is_container = known;
  return role;
}

std::string split_of_file(std::string_view stem) {
  std::string split;
  for (const std::string& word : words_of(stem)) {
    if (const auto found = split_word(word); !found.empty()) {
      if (!split.empty() && split != found) return "";
      split = found;
    } else if (std::ranges::find(kContainers, word) == std::end(kContainers) &&
               std::ranges::find(kFileWords, word) == std::end(kFileWords) && !is_number(word)) {
      return "";
    }
  }
  return split;
}

FolderPlace place_of(const std::filesystem::path& folders) {
  FolderPlace place;
  for (const auto& folder : folders) {
    if (folder == "." || folder == "..") continue;
    const FolderRole role = role_of(folder.native());
    if (!role.is_container) {
      place.style = folder.native();
      return place;
    }
    if (place.split.empty()) place.split = role.split;
  }
  return place;
}

}  // namespace ootd
