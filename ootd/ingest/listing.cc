#include "ootd/ingest/listing.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kAnnotationFiles = {"annotations.json", "labels.csv", "tags.csv"};
constexpr std::array<std::string_view, 6> kPhotoExtensions = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"};
// Folder names that mean a split, and the split they mean.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSplits = {
    {{"train", "train"}, {"val", "val"}, {"valid", "val"}, {"validation", "val"}, {"test", "test"}}};

// Empty if the name means none.
std::string split_of(const std::string& folder_name) {
  for (const auto& [name, split] : kSplits)
    if (name == folder_name) return std::string(split);
  return "";
}

template <class List>
bool contains(const List& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

class Lister {
 public:
  Lister(const std::string& label_key, const fs::path& home, const ListingSink& sink)
      : label_key_(label_key), home_(home), sink_(sink) {}

  void list(const fs::path& given) {
    if (given.empty()) return fail("\"\"", "an empty path names nothing");
    const fs::path path = absolute_path(given);
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) return fail(path, "no such file or folder");
    if (error) return fail(path, "cannot open: " + error.message());
    if (fs::is_directory(status)) return list_folder(path);
    const std::string extension = lower_case(path.extension().native());
    if (extension == ".json" || extension == ".csv" || extension == ".jsonl" || extension == ".parquet")
      return read_annotations(path);
    put_photo({path, "", ""});
  }

  std::vector<std::string> take_readable() { return std::move(readable_); }

 private:
  struct Folder {
    fs::path path;
    std::string style;  // of the photos in it; empty in the given folder itself
    std::string split;
    bool annotated = false;  // a folder above is read by its annotation file
  };
  struct Photo {
    fs::path path;
    std::string style, split;
  };

  void fail(const fs::path& item, const std::string& reason) {
    Listed failed;
    failed.where = item.native();
    failed.reason = reason;
    sink_(std::move(failed));
  }

  void put_photo(const Photo& photo) {
    Listed listed;
    listed.where = photo.path.native();
    listed.path = photo.path;
    if (!photo.style.empty()) listed.labels.push_back({label_key_, photo.style});
    if (!photo.split.empty()) listed.labels.push_back({kSplitKey, photo.split});
    sink_(std::move(listed));
  }

  void list_folder(const fs::path& root) {
    seen_ = {identity(home_)};
    named_.clear();
    annotation_files_.clear();
    photos_.clear();
    if (seen_.contains(identity(root))) return fail(root, "is the workspace itself: its photos are imported already");
    walk({root, "", "", false});
    // Links come last, so that a photo reached both ways is found under its own folder.
    for (; !links_.empty(); links_.pop_front()) walk(links_.front());
    if (annotation_files_.empty() && photos_.empty())
      fail(root, "holds no photos (jpg, jpeg, png, webp, gif, avif) and no annotations.json, labels.csv or tags.csv");
    for (const fs::path& file : annotation_files_) read_annotations(file);
    for (const Photo& photo : photos_)
      if (!named_.contains(photo.path.lexically_normal().native())) put_photo(photo);
  }

  // Device and inode: the same folder under another name (a link, a bind mount) is the same pair.
  static std::pair<dev_t, ino_t> identity(const fs::path& folder) {
    struct stat status = {};
    if (::stat(folder.c_str(), &status) != 0) return {};
    return {status.st_dev, status.st_ino};
  }

  // The depth is bounded by the longest path that the system opens.
  void walk(const Folder& folder) {
    if (!seen_.insert(identity(folder.path)).second) return;
    std::vector<fs::directory_entry> entries;
    std::error_code error;
    for (fs::directory_iterator entry(folder.path, error), end; !error && entry != end; entry.increment(error))
      if (!is_hidden(entry->path().filename().native())) entries.push_back(*entry);
    if (error) return fail(folder.path, "cannot list: " + error.message());
    readable_.push_back(folder.path.native());
    std::ranges::sort(entries, {}, [](const auto& entry) -> const std::string& { return entry.path().native(); });

    bool annotated = folder.annotated;
    for (const auto& entry : entries) {
      if (!contains(kAnnotationFiles, entry.path().filename().native()) || is_folder(entry)) continue;
      annotation_files_.push_back(entry.path());
      annotated = true;
    }
    for (const auto& entry : entries) {
      const fs::path& path = entry.path();
      if (is_folder(entry)) {
        const Folder below = folder_below(folder, path, annotated);
        std::error_code ignored;
        if (entry.is_symlink(ignored))
          links_.push_back(below);
        else
          walk(below);
      } else if (!annotated && contains(kPhotoExtensions, lower_case(path.extension().native()))) {
        photos_.push_back({path, folder.style, folder.split});
      }
    }
  }

  // The first name below the given folder is the style, or, in the layout train/STYLE/photo.jpg, the second.
  static Folder folder_below(const Folder& folder, const fs::path& path, bool annotated) {
    Folder below{path, folder.style, folder.split, annotated};
    if (!below.style.empty()) return below;
    const std::string name = path.filename().native();
    if (below.split.empty()) below.split = split_of(name);
    if (folder.split.empty() && !below.split.empty()) return below;
    below.style = name;
    return below;
  }

  // Also the second halves of files that macOS writes to foreign disks and archives ("._a.jpg", __MACOSX).
  static bool is_hidden(const std::string& name) { return name.starts_with('.') || name == "__MACOSX"; }

  static bool is_folder(const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  }

  void read_annotations(const fs::path& file) {
    const std::string split = split_of(file.parent_path().filename().native());
    const ListingSink sink = [&](Listed photo) {
      photo.by = file.native();
      if (!photo.path.empty()) named_.insert(photo.path.lexically_normal().native());
      if (!split.empty() &&
          std::ranges::none_of(photo.labels, [](const Label& label) { return label.key == kSplitKey; }))
        photo.labels.push_back({kSplitKey, split});
      sink_(std::move(photo));
    };
    try {
      const std::string extension = lower_case(file.extension().native());
      if (extension == ".json")
        read_coco(file, sink);
      else if (extension == ".csv")
        read_csv(file, sink);
      else if (extension == ".parquet")
        read_parquet(file, sink);
      else
        read_jsonl(file, sink);
      readable_.push_back(file.native());
    } catch (const Error& error) {
      fail(file, error.what());
    }
  }

  const std::string& label_key_;
  const fs::path& home_;
  const ListingSink& sink_;
  std::vector<std::string> readable_;
  // Of the folder that is being listed.
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::unordered_set<std::string> named_;  // photos that annotation files named
  std::vector<fs::path> annotation_files_;
  std::vector<Photo> photos_;
  std::deque<Folder> links_;
};

}  // namespace

std::vector<std::string> list_photos(std::span<const fs::path> paths, const std::string& label_key,
                                     const fs::path& home, const ListingSink& sink) {
  Lister lister(label_key, home, sink);
  for (const fs::path& path : paths) lister.list(path);
  return lister.take_readable();
}

}  // namespace ootd
