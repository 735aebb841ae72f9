#include "ootd/ingest/listing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/unicode.h"
#include "ootd/image/decode.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/folder_words.h"
#include "ootd/ingest/text_encoding.h"
#include "ootd/models/garment_names.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// An annotation file of these names that cannot be understood is a failure: somebody means it.
constexpr std::array<std::string_view, 7> kMeantNames = {
    "annotations.json", "labels.csv", "tags.csv", "labels.json", "metadata.csv", "metadata.jsonl", "data.yaml"};
// What systems and sync programs leave behind; nobody's files.
constexpr std::array<std::string_view, 8> kSystemNames = {".ds_store", "thumbs.db", "desktop.ini", "__macosx",
                                                          "@eadir",    ".git",      ".thumbnails", ".cache"};

template <class List>
bool contains(const List& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

// ".tar.gz" has two.
std::string kind_of(const fs::path& file) {
  const std::string extension = lower_case(file.extension().native());
  if (extension == ".gz" || extension == ".zst" || extension == ".bz2" || extension == ".xz")
    if (const std::string inner = lower_case(file.stem().extension().native()); inner == ".tar") return inner;
  return extension == ".tgz" ? ".tar" : extension;
}

enum class Form { kNone, kJson, kJsonl, kTable, kParquet, kYaml, kArchive, kText, kNames };

Form form_of(const fs::path& file) {
  const std::string kind = kind_of(file), name = lower_case(file.filename().native());
  if (name == "classes.txt" || name == "obj.names" || name == "_darknet.labels") return Form::kNames;
  if (kind == ".json") return Form::kJson;
  if (kind == ".jsonl" || kind == ".ndjson") return Form::kJsonl;
  if (kind == ".csv" || kind == ".tsv") return Form::kTable;
  if (kind == ".parquet") return Form::kParquet;
  if (kind == ".yaml" || kind == ".yml") return Form::kYaml;
  if (kind == ".tar") return Form::kArchive;
  if (kind == ".txt") return Form::kText;
  return Form::kNone;
}

// Device and inode: the same folder under another name (a link, a bind mount) is the same pair.
std::pair<dev_t, ino_t> identity(const fs::path& folder) {
  struct stat status = {};
  if (::stat(folder.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

enum class Content { kPhoto, kOther, kUnreadable };

// By the first bytes. What is no regular file is not opened (a pipe would wait for ever): its name decides.
Content content_of(const fs::path& file) {
  struct stat status = {};
  const bool named_photo = has_photo_extension(file);
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return named_photo ? Content::kPhoto : Content::kOther;
  if (named_photo) return Content::kPhoto;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Content::kUnreadable;
  std::array<std::byte, kSniffedBytes> bytes;
  const auto size = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  if (size < 0) return Content::kUnreadable;
  return sniff_format(std::span(bytes).first(static_cast<std::size_t>(size))).empty() ? Content::kOther
                                                                                      : Content::kPhoto;
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
    clear();
    if (fs::is_directory(status)) return list_folder(path);
    if (content_of(path) == Content::kPhoto || form_of(path) == Form::kNone) return put_photo({path, {}});
    root_ = dataset_root(path.parent_path());
    finder_.look_below(root_);
    if (read_annotations(path, /*given=*/true)) return;
    if (form_of(path) == Form::kText || form_of(path) == Form::kNames) return put_photo({path, {}});
    fail(path, "holds no annotations that are known here: COCO json, Label Studio, FiftyOne, tables that name photos");
  }

  Listing take() { return {std::move(readable_), std::move(notes_)}; }

 private:
  struct Photo {
    fs::path path;
    FolderPlace place = {};
  };

  void clear() {
    finder_ = {};
    named_.clear();
    photos_.clear();
    annotation_files_.clear();
    dataset_folders_.clear();
    texts_.clear();
    used_.clear();
    yolo_roots_.clear();
    found_any_ = false;
  }

  void fail(const fs::path& item, const std::string& reason) {
    found_any_ = true;
    sink_({.where = item.native(), .reason = reason});
  }

  void put_photo(const Photo& photo) {
    Listed listed;
    listed.where = photo.path.native();
    listed.path = photo.path;
    add_place(listed, photo.place);
    add_texts(listed);
    put(std::move(listed));
  }

  void add_place(Listed& listed, const FolderPlace& place) {
    if (!place.style.empty()) add_labels_of(listed, label_key_, place.style);
    if (!place.split.empty()) add_labels_of(listed, kSplitKey, place.split);
  }

  // A folder's name is one label, whatever signs are in it.
  static void add_labels_of(Listed& listed, const std::string& key, const std::string& value) {
    if (std::string text = label_text(value); !text.empty()) listed.labels.push_back({key, std::move(text)});
  }

  void put(Listed listed) {
    found_any_ = true;
    if (listed.reason.empty()) listed.again = !named_.insert(listed.path.lexically_normal().native()).second;
    sink_(std::move(listed));
  }

  void list_folder(const fs::path& root) {
    seen_ = {identity(home_)};
    if (seen_.contains(identity(root))) return fail(root, "is the workspace itself: its photos are imported already");
    root_ = root;
    walk(root);
    // Links come last, so that a photo reached both ways is found under its own folder.
    for (; !links_.empty(); links_.pop_front()) walk(links_.front());
    for (const fs::path& photo : photos_) finder_.add(photo);
    std::ranges::sort(annotation_files_);
    // What names classes in words before what names them again.
    std::ranges::stable_partition(annotation_files_, [](const fs::path& file) { return form_of(file) == Form::kYaml; });
    for (const fs::path& file : annotation_files_)
      if (!used_.contains(file.native()) && !read_annotations(file, /*given=*/false)) others_.push_back(file);
    for (const fs::path& photo : photos_)
      if (!named_.contains(photo.lexically_normal().native())) put_photo({photo, place_in(photo)});
    for (const auto& [stem, texts] : texts_)
      for (const fs::path& file : texts) others_.push_back(file);
    for (const fs::path& file : others_)
      if (!used_.contains(file.native())) note_left_out(notes_, file);
    others_.clear();
    if (!found_any_) fail(root, "holds no photos (jpeg, png, webp, gif, avif) and no annotations that are known here");
  }

  // The depth is bounded by the longest path that the system opens.
  void walk(const fs::path& folder) {
    if (!seen_.insert(identity(folder)).second) return;
    std::vector<fs::directory_entry> entries;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().native();
      // Second halves of files that macOS writes to foreign disks begin with "._".
      if (contains(kSystemNames, lower_case(name)) || name.starts_with("._")) continue;
      if (name.starts_with('.'))
        add_to(notes_.left_out, "hidden", entry->path().native());
      else
        entries.push_back(*entry);
    }
    if (error) return fail(folder, "cannot list: " + error.message());
    readable_.push_back(folder.native());
    std::ranges::sort(entries, {}, [](const auto& entry) -> const std::string& { return entry.path().native(); });
    std::vector<fs::path> described;  // may be about one photo
    std::unordered_set<std::string> stems;
    for (const auto& entry : entries) {
      const fs::path& path = entry.path();
      std::error_code ignored;
      if (entry.is_directory(ignored)) {
        if (entry.is_symlink(ignored))
          links_.push_back(path);
        else
          walk(path);
        continue;
      }
      switch (content_of(path)) {
        case Content::kPhoto:
          photos_.push_back(path);
          stems.insert(path.stem().native());
          break;
        case Content::kUnreadable:
          fail(path, "cannot open");
          break;
        case Content::kOther:
          if (const Form form = form_of(path); form == Form::kJson || form == Form::kText)
            described.push_back(path);
          else
            (form == Form::kNone ? others_ : annotation_files_).push_back(path);
      }
    }
    for (const fs::path& path : described)
      if (stems.contains(path.stem().native()))
        texts_[fs::path(path).replace_extension().native()].push_back(path);
      else
        (form_of(path) == Form::kJson ? annotation_files_ : others_).push_back(path);
  }

  // Where the folders of a photo begin to say something of it: below the deepest folder that is a data set's own.
  FolderPlace place_in(const fs::path& photo) const {
    fs::path base = root_;
    for (fs::path folder = photo.parent_path(); folder.native().size() > root_.native().size();
         folder = folder.parent_path())
      if (dataset_folders_.contains(folder.native())) {
        base = folder;
        break;
      }
    FolderPlace place = place_of(photo.parent_path().lexically_relative(base));
    // The split may stand above: train/_annotations.coco.json.
    if (place.split.empty() && base != root_) place.split = split_above(base);
    return place;
  }

  std::string split_above(const fs::path& folder) const {
    for (fs::path above = folder; above.native().size() > root_.native().size(); above = above.parent_path())
      if (const FolderRole role = role_of(above.filename().native()); !role.split.empty())
        return role.split;
      else if (!role.is_container)
        break;
    return "";
  }

  // The folder that a data set lies in: the file's, or that above annotations/, train/ ...
  static fs::path dataset_root(fs::path folder) {
    constexpr int kMostLevels = 2;  // annotations/train/
    for (int level = 0; level < kMostLevels; ++level) {
      const fs::path above = folder.parent_path();
      if (above == folder.root_path() || !role_of(folder.filename().native()).is_container) break;
      folder = above;
    }
    return folder;
  }

  void remember_dataset(const fs::path& file) {
    fs::path folder = file.parent_path();
    dataset_folders_.insert(folder.native());
    while (folder.native().size() > root_.native().size() && role_of(folder.filename().native()).is_container) {
      folder = folder.parent_path();
      dataset_folders_.insert(folder.native());
    }
  }

  // A split that a row does not name: the annotation file's name says it, or its folder, or the photo's.
  void add_split(Listed& photo, const fs::path& file) const {
    if (std::ranges::any_of(photo.labels, [](const Label& label) { return label.key == kSplitKey; })) return;
    std::string split = split_of_file(fs::path(file.stem()).stem().native());
    if (split.empty()) split = role_of(file.parent_path().filename().native()).split;
    if (split.empty()) {
      const fs::path folders =
          photo.path.parent_path().lexically_normal().lexically_relative(dataset_root(file.parent_path()));
      if (!folders.empty() && *folders.begin() != "..") split = place_of(folders).split;
    }
    if (!split.empty()) photo.labels.push_back({kSplitKey, split});
  }

  // False if the file is none that is known here; then nothing was listed of it.
  bool read_annotations(const fs::path& file, bool given) {
    // A text that was given may be a table; it need not.
    const bool may_be_photo = form_of(file) == Form::kText || form_of(file) == Form::kNames;
    const bool meant = (given && !may_be_photo) || contains(kMeantNames, lower_case(file.filename().native()));
    try {
      const ListingSink sink = [&](Listed photo) {
        if (photo.reason.empty()) add_split(photo, file);
        put(std::move(photo));
      };
      Gathering photos(file, finder_, notes_);
      if (!read(photos, given, meant, sink)) return false;
      remember_dataset(file);
      photos.finish(sink);
      readable_.push_back(file.native());
    } catch (const Error& error) {
      fail(file, error.what());
    }
    return true;
  }

  bool read(Gathering& photos, bool given, bool meant, const ListingSink& sink) {
    const fs::path& file = photos.file;
    // The table of our own export says what its shards say, which a walk finds beside it.
    if (form_of(file) == Form::kTable || form_of(file) == Form::kParquet)
      if (const auto shards = shards_of_export(file); !shards.empty()) {
        for (const fs::path& shard : shards)
          if (!fs::exists(shard))
            fail(shard, "no such file; " + file.string() + " names it");
          else if (given)
            read_archive(shard, label_key_, notes_, sink);
        return true;
      }
    switch (form_of(file)) {
      case Form::kJson:
        return read_json_file(photos, meant);
      case Form::kJsonl:
        return read_table(photos, meant, read_jsonl);
      case Form::kTable:
      case Form::kText:
        return read_table(photos, meant, read_csv);
      case Form::kParquet:
        return read_table(photos, meant, read_parquet);
      case Form::kYaml:
      case Form::kNames: {
        // Ultralytics' data.yaml says what the classes.txt of the same set says.
        if (form_of(file) == Form::kNames && yolo_roots_.contains(dataset_root(file.parent_path()).native()))
          return true;
        std::vector<fs::path> used;
        if (!read_yolo(photos, used)) return false;
        yolo_roots_.insert(dataset_root(file.parent_path()).native());
        for (const fs::path& one : used) used_.insert(one.native());
        return true;
      }
      case Form::kArchive:
        return read_archive(file, label_key_, notes_, sink) > 0;
      case Form::kNone:
        return false;
    }
    return false;
  }

  bool read_json_file(Gathering& photos, bool meant) {
    const std::string text = photos.text();
    Json root;
    try {
      root = parse_json(text, photos.file.string());
    } catch (const Error&) {
      if (!is_json_lines(text)) throw;
      read_jsonl(photos);
      return true;
    }
    const bool known = read_coco(root, photos) || read_label_studio(root, photos) || read_fiftyone(root, photos) ||
                       read_json_rows(root, photos);
    if (!known && meant)
      throw Error(Kind::kInput, photos.file.string() +
                                    ": is not in COCO form: a JSON object with a list \"images\" is expected (or the "
                                    "export of Label Studio or FiftyOne)");
    return known;
  }

  // Several objects, the first of which ends in its line.
  static bool is_json_lines(const std::string& text) {
    try {
      return text.find('\n') != std::string::npos && parse_json(text.substr(0, text.find('\n')), "").is_object();
    } catch (const Error&) {
      return false;
    }
  }

  // A table that nobody means and that names no photo is left out; so is img2dataset's, which only says what the shard
  // or folder of the same name says itself.
  bool read_table(Gathering& photos, bool meant, void (*reader)(Gathering&)) {
    fs::path shard = photos.file;
    if (fs::exists(shard.replace_extension(".tar")) || fs::is_directory(shard.replace_extension())) return false;
    try {
      reader(photos);
    } catch (const Error&) {
      if (meant) throw;
      return false;
    }
    return true;
  }

  // What lies beside a photo under its name: labels as JSON, boxes, a caption.
  void add_texts(Listed& photo) {
    const auto found = texts_.find(fs::path(photo.path).replace_extension().native());
    if (found == texts_.end()) return;
    for (const fs::path& file : found->second) {
      if (used_.contains(file.native())) continue;
      try {
        const std::string text = utf8_text(read_text(file, kMaxAnnotationBytes));
        if (form_of(file) == Form::kJson ? read_photo_json(parse_json(text, file.string()), photo, notes_)
                                         : read_photo_text(text, photo)) {
          used_.insert(file.native());
          photo.by = file.native();
        }
      } catch (const Error& error) {
        used_.insert(file.native());
        fail(file, error.what());
      }
    }
    std::vector<std::string> words;
    for (const Garment& garment : photo.garments) words.push_back(garment.category);
    name_garments(photo, default_categories(words), notes_);
  }

  bool read_photo_text(const std::string& text, Listed& photo) {
    constexpr std::size_t kLongestCaption = 4096;
    if (read_yolo_boxes(text, {}, photo, notes_)) return true;
    if (text.size() > kLongestCaption) return false;
    add_labels(photo, "caption", text, notes_);
    return true;
  }

  const std::string& label_key_;
  const fs::path& home_;
  const ListingSink& sink_;
  std::vector<std::string> readable_;
  ListingNotes notes_;
  // Of the path that is being listed.
  fs::path root_;
  PhotoFinder finder_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::unordered_set<std::string> named_;            // photos that were listed
  std::unordered_set<std::string> dataset_folders_;  // that hold annotation files, or hold nothing but such a folder
  std::unordered_set<std::string> yolo_roots_;
  std::unordered_set<std::string> used_;  // files that annotations were read from
  std::vector<fs::path> annotation_files_, photos_, others_;
  std::unordered_map<std::string, std::vector<fs::path>> texts_;  // photo without extension -> .json and .txt
  std::deque<fs::path> links_;
  bool found_any_ = false;
};

}  // namespace

void add_to(Tallies& tallies, const std::string& kind, const std::string& where, std::int64_t count) {
  Tally& tally = tallies[kind];
  if (tally.count == 0) tally.first = where;
  tally.count += count;
}

void add_to(Tallies& tallies, const Tallies& more) {
  for (const auto& [kind, tally] : more) add_to(tallies, kind, tally.first, tally.count);
}

void note_left_out(ListingNotes& notes, const fs::path& file) {
  constexpr std::array<std::string_view, 11> kByName = {"",     ".json", ".jsonl",   ".ndjson", ".csv", ".tsv",
                                                        ".txt", ".yaml", ".parquet", ".yml",    ".xml"};
  const std::string extension = lower_case(file.extension().native());
  std::string kind = contains(kByName, extension) ? file.filename().native() : extension;
  // Many of one sort are that sort: a folder of 10,000 texts.
  if (const std::string sort = extension.empty() ? "(no extension)" : extension; kind != sort) {
    const auto named = std::ranges::count_if(notes.left_out, [&](const auto& entry) {
      return lower_case(fs::path(entry.first).extension().native()) == extension && entry.first != "hidden";
    });
    if (static_cast<std::size_t>(named) >= kNamedFiles && !notes.left_out.contains(kind)) kind = sort;
  }
  add_to(notes.left_out, kind, file.native());
}

Listing list_photos(std::span<const fs::path> paths, const std::string& label_key, const fs::path& home,
                    const ListingSink& sink) {
  Lister lister(label_key, home, sink);
  for (const fs::path& path : paths) lister.list(path);
  return lister.take();
}

}  // namespace ootd
