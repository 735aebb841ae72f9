// YOLO: data.yaml (Ultralytics, Roboflow) or a list of class names, photos, and a .txt of boxes for each of them.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/boxes.h"
#include "ootd/ingest/folder_words.h"
#include "ootd/ingest/text_encoding.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBoxesBytes = 4u << 20;  // of one photo

struct YoloSet {
  fs::path folder;                                         // what its paths start at
  std::vector<std::string> names;                          // by class number
  std::vector<std::pair<std::string, std::string>> parts;  // split, path of a folder or of a list of photos
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (std::string line = without_blanks(text.substr(0, end)); !line.empty()) lines.push_back(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Nothing if it is another program's YAML.
std::optional<YoloSet> parse_yaml(const fs::path& file) {
  YAML::Node root;
  try {
    root = YAML::Load(utf8_text(read_text(file, kMaxBoxesBytes)));
  } catch (const YAML::Exception& problem) {
    throw Error(Kind::kInput, file.string() + ": not valid YAML: " + problem.what());
  }
  try {
    if (!root.IsMap() || !root["names"] || !(root["train"] || root["val"] || root["test"] || root["nc"]))
      return std::nullopt;
    YoloSet set;
    set.folder = file.parent_path();
    if (root["path"] && root["path"].IsScalar()) {
      const fs::path path = absolute_path(set.folder / root["path"].as<std::string>());
      // Of the machine that it was written on, often.
      if (fs::is_directory(path)) set.folder = path;
    }
    constexpr int kMaxClasses = 10'000;
    if (root["names"].IsSequence()) {
      for (const auto& name : root["names"]) set.names.push_back(name.as<std::string>());
    } else if (root["names"].IsMap()) {
      for (const auto& entry : root["names"]) {
        const int number = entry.first.as<int>();
        if (number < 0 || number >= kMaxClasses) continue;
        if (set.names.size() <= static_cast<std::size_t>(number))
          set.names.resize(static_cast<std::size_t>(number) + 1);
        set.names[static_cast<std::size_t>(number)] = entry.second.as<std::string>();
      }
    }
    for (const auto& [key, split] : {std::pair("train", "train"), {"val", "val"}, {"valid", "val"}, {"test", "test"}}) {
      const YAML::Node part = root[key];
      if (!part) continue;
      if (part.IsScalar()) set.parts.emplace_back(split, part.as<std::string>());
      if (part.IsSequence())
        for (const auto& one : part) set.parts.emplace_back(split, one.as<std::string>());
    }
    return set;
  } catch (const YAML::Exception& problem) {
    throw Error(Kind::kInput, file.string() + ": " + problem.what());
  }
}

// Where the path leads; Roboflow writes "../train/images" for what lies beside its data.yaml.
fs::path resolved(const YoloSet& set, const fs::path& yaml, std::string name) {
  std::ranges::replace(name, '\\', '/');
  std::vector<fs::path> tried = {set.folder / name, yaml.parent_path() / name};
  while (name.starts_with("../")) tried.push_back(yaml.parent_path() / (name = name.substr(3)));
  for (const fs::path& path : tried)
    if (fs::exists(path)) return absolute_path(path).lexically_normal();
  return {};
}

// All files, sorted; a folder is entered once, links to folders not at all.
void collect(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().native().starts_with('.')) {
      if (entry->is_directory(ignored)) entry.disable_recursion_pending();
    } else if (!entry->is_directory(ignored)) {
      found.push_back(entry->path());
    }
  }
  std::ranges::sort(found);
  files.insert(files.end(), found.begin(), found.end());
}

// a/images/train/b.jpg -> a/labels/train/b.txt, as Ultralytics does; the last "images" counts.
fs::path beside_images(const fs::path& photo) {
  std::vector<fs::path> parts(photo.begin(), photo.end());
  const auto last = std::find_if(parts.rbegin(), parts.rend(), [](const fs::path& part) {
    const std::string name = lower_case(part.native());
    return name == "images" || name == "image" || name == "imgs";
  });
  if (last == parts.rend()) return {};
  *last = "labels";
  fs::path path;
  for (const fs::path& part : parts) path /= part;
  return path.replace_extension(".txt");
}

fs::path boxes_file(const fs::path& photo) {
  const fs::path beside = fs::path(photo).replace_extension(".txt");
  for (const fs::path& path : {beside_images(photo), beside, beside.parent_path() / "labels" / beside.filename()})
    if (!path.empty() && fs::is_regular_file(path)) return path;
  return {};
}

// Nothing if the line is none of a box: "class x y width height [score]", or "class" and the points of a polygon.
std::optional<Garment> parse_line(std::string_view line, const std::vector<std::string>& names) {
  std::vector<double> numbers;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t,"), line.size());
    if (end > 0) {
      const auto number = parse_number(std::string(line.substr(0, end)));
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  constexpr double kMostClasses = 10'000;
  if (numbers.size() < 5 || numbers[0] < 0 || numbers[0] > kMostClasses || numbers[0] != static_cast<int>(numbers[0]))
    return std::nullopt;
  const auto number = static_cast<std::size_t>(numbers[0]);
  Garment garment;
  garment.category = number < names.size() && !names[number].empty() ? names[number] : std::to_string(number);
  std::optional<Box> box;
  if (numbers.size() <= 6)
    box = box_of_points({numbers[1] - numbers[3] / 2, numbers[2] - numbers[4] / 2, numbers[1] + numbers[3] / 2,
                         numbers[2] + numbers[4] / 2});
  else
    box = box_of_points({numbers.begin() + 1, numbers.end()});
  constexpr float kFar = 2;  // what is larger counts in pixels
  if (!box || box->w > kFar || box->h > kFar || numbers[3] <= 0 || numbers[4] <= 0) return std::nullopt;
  garment.box = *box;
  return garment;
}

class YoloReader {
 public:
  YoloReader(Gathering& photos, std::vector<fs::path>& used) : photos_(photos), used_(used) {}

  void read(const YoloSet& set, bool labelled_only) {
    std::vector<std::pair<std::string, fs::path>> found;  // split, photo
    for (const auto& [split, name] : set.parts) {
      const fs::path path = resolved(set, photos_.file, name);
      if (path.empty()) {
        photos_.fail(photos_.file.string() + ":" + split, name + ": no such file or folder");
        continue;
      }
      if (fs::is_directory(path))
        add_photos(path, split, found);
      else
        add_list(path, set, split, found);
    }
    if (set.parts.empty()) add_photos(set.folder, "", found);
    std::unordered_set<std::string> seen;
    for (const auto& [split, path] : found)
      if (seen.insert(split + "\n" + path.native()).second) add(path, split, set, labelled_only);
  }

 private:
  static void add_photos(const fs::path& folder, const std::string& split,
                         std::vector<std::pair<std::string, fs::path>>& found) {
    std::vector<fs::path> files;
    collect(folder, files);
    for (const fs::path& file : files)
      if (has_photo_extension(file)) found.emplace_back(split, file);
  }

  // train.txt: a path a line.
  void add_list(const fs::path& list, const YoloSet& set, const std::string& split,
                std::vector<std::pair<std::string, fs::path>>& found) {
    used_.push_back(list);
    int line = 0;
    for (const std::string& name : lines_of(utf8_text(read_text(list, kMaxAnnotationBytes)))) {
      Listed photo;
      photo.where = list.string() + ":" + std::to_string(++line);
      photos_.photos.locate(photo, fs::exists(set.folder / name) ? set.folder : list.parent_path(), name, split);
      if (photo.reason.empty())
        found.emplace_back(split, photo.path);
      else
        photos_.fail(photo.where, photo.reason);
    }
  }

  void add(const fs::path& path, const std::string& split, const YoloSet& set, bool labelled_only) {
    Listed photo;
    photo.where = path.native();
    photo.path = path;
    photo.says_boxes = !labelled_only;
    if (!split.empty()) photo.labels.push_back({kSplitKey, split});
    const fs::path boxes = boxes_file(path);
    if (!boxes.empty()) {
      if (read_yolo_boxes(read_text(boxes, kMaxBoxesBytes), set.names, photo, photos_.notes))
        used_.push_back(boxes);
      else if (!labelled_only)
        photos_.fail(boxes.native(), "is no list of boxes: \"class x y width height\" in fractions of the photo");
    }
    if (!labelled_only || !photo.garments.empty()) photos_.add(std::move(photo));
  }

  Gathering& photos_;
  std::vector<fs::path>& used_;
};

}  // namespace

bool read_yolo_boxes(std::string_view text, const std::vector<std::string>& names, Listed& photo, ListingNotes& notes) {
  std::vector<Garment> garments;
  const std::vector<std::string> lines = lines_of(text);
  for (const std::string& line : lines)
    if (auto garment = parse_line(line, names)) garments.push_back(std::move(*garment));
  if (garments.empty()) return lines.empty();
  if (garments.size() < lines.size())
    add_to(notes.boxes, "unreadable", photo.where, static_cast<std::int64_t>(lines.size() - garments.size()));
  photo.frame = {Frame::Unit::kFraction};
  photo.says_boxes = true;
  photo.garments = std::move(garments);
  return true;
}

bool read_yolo(Gathering& photos, std::vector<fs::path>& used) {
  const std::string extension = lower_case(photos.file.extension().native());
  if (extension == ".yaml" || extension == ".yml") {
    const auto set = parse_yaml(photos.file);
    if (!set) return false;
    YoloReader(photos, used).read(*set, false);
    return true;
  }
  // LabelImg and Label Studio write classes.txt, darknet obj.names, Roboflow _darknet.labels.
  YoloSet set;
  set.folder = photos.folder();
  if (role_of(set.folder.filename().native()).is_container && lower_case(set.folder.filename().native()) == "labels")
    set.folder = set.folder.parent_path();
  set.names = lines_of(utf8_text(read_text(photos.file, kMaxBoxesBytes)));
  YoloReader(photos, used).read(set, true);
  return !photos.is_empty();
}

}  // namespace ootd
