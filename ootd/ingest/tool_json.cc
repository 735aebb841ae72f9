// The json of labelling tools that is not COCO's: Label Studio, FiftyOne; and what lies beside one photo under its
// name.
#include <algorithm>
#include <array>

#include "ootd/base/error.h"
#include "ootd/base/unicode.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/boxes.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

std::string text_or_empty(const Json& object, const char* field) {
  if (!object.is_object()) return "";
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

double number_or(const Json& object, const char* field, double fallback) {
  const auto found = object.find(field);
  return found != object.end() && found->is_number() ? found->get<double>() : fallback;
}

void draw(Listed& photo, const std::string& word, const std::optional<Box>& box, ListingNotes& notes) {
  if (!box || box->w <= 0 || box->h <= 0) return add_to(notes.boxes, "unreadable", photo.where);
  Garment garment;
  garment.category = word;
  garment.box = *box;
  photo.garments.push_back(std::move(garment));
}

// --- Label Studio ---------------------------------------------------------------------------------------------------

// "/data/upload/3/1a2b3c4d-a.jpg", "/data/local-files/?d=photos/a.jpg" -> the path in it, percent-decoded.
std::string studio_path(std::string name) {
  if (const std::size_t query = name.find("?d="); query != std::string::npos) name.erase(0, query + 3);
  std::string path;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      const char c = at < name.size() ? lower_case(name.substr(at, 1))[0] : '?';
      return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    };
    if (name[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0) {
      path += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
      i += 2;
    } else {
      path += name[i];
    }
  }
  return path;
}

// An upload has eight random hex digits before its name.
std::string without_upload_prefix(const std::string& name) {
  constexpr std::size_t kDigits = 8;
  const bool prefixed =
      name.size() > kDigits + 1 && name[kDigits] == '-' && name.find_first_not_of("0123456789abcdef") == kDigits;
  return prefixed ? name.substr(kDigits + 1) : name;
}

// data.image, or the only field of data that names a picture.
std::string studio_image(const Json& data) {
  for (const char* field : {"image", "img", "photo", "picture", "url"})
    if (std::string name = text_or_empty(data, field); !name.empty()) return name;
  for (const auto& [field, value] : data.items())
    if (value.is_string() && has_photo_extension(value.get<std::string>())) return value.get<std::string>();
  return "";
}

void add_studio_result(Listed& photo, const Json& result, ListingNotes& notes) {
  const auto value = result.find("value");
  if (value == result.end() || !value->is_object()) return;
  if (const auto choices = value->find("choices"); choices != value->end() && choices->is_array()) {
    const std::string key = text_or_empty(result, "from_name");
    for (const Json& choice : *choices)
      if (choice.is_string())
        add_labels(photo, key.empty() || key == "choice" ? "label" : key, choice.get<std::string>(), notes);
    return;
  }
  std::string word;
  for (const char* field : {"rectanglelabels", "polygonlabels", "ellipselabels", "labels"})
    if (const auto words = value->find(field); words != value->end() && words->is_array() && !words->empty())
      word = (*words)[0].is_string() ? (*words)[0].get<std::string>() : "";
  if (word.empty()) return;
  const double width = number_or(result, "original_width", 0), height = number_or(result, "original_height", 0);
  Frame frame{Frame::Unit::kFraction};
  if (width > 0 && height > 0) frame = {Frame::Unit::kBitmap, width, height};
  const double across = (width > 0 ? width : 1) / 100, down = (height > 0 ? height : 1) / 100;  // of percents
  if (photo.garments.empty()) photo.frame = frame;
  if (!(photo.frame == frame) || number_or(result, "image_rotation", 0) != 0)
    return add_to(notes.boxes, "unreadable", photo.where);
  std::vector<double> points;
  const auto add_point = [&](double x, double y) {
    points.push_back(x * across);
    points.push_back(y * down);
  };
  if (const auto polygon = value->find("points"); polygon != value->end() && polygon->is_array()) {
    for (const Json& point : *polygon)
      if (point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number())
        add_point(point[0].get<double>(), point[1].get<double>());
  } else {
    const double x = number_or(*value, "x", 0), y = number_or(*value, "y", 0);
    add_point(x, y);
    add_point(x + number_or(*value, "width", 0), y + number_or(*value, "height", 0));
  }
  draw(photo, word, box_of_points(points), notes);
}

// --- FiftyOne -------------------------------------------------------------------------------------------------------

std::string class_name(const Json& label, const Json& classes) {
  if (label.is_string()) return label.get<std::string>();
  if (label.is_object()) return text_or_empty(label, "label");
  if (!label.is_number_integer()) return "";
  const auto number = label.get<std::int64_t>();
  if (classes.is_array() && number >= 0 && static_cast<std::size_t>(number) < classes.size() &&
      classes[static_cast<std::size_t>(number)].is_string())
    return classes[static_cast<std::size_t>(number)].get<std::string>();
  return std::to_string(number);
}

void add_detection(Listed& photo, const Json& detection, const Json& classes, ListingNotes& notes) {
  photo.frame = {Frame::Unit::kFraction};
  std::optional<Box> box;
  try {
    box = box_of(json_field<Json>(detection, "bounding_box", photo.where), "bounding_box");
  } catch (const Error&) {  // counted
  }
  draw(photo, class_name(detection.value("label", Json()), classes), box, notes);
}

void add_sample_field(Listed& photo, const std::string& field, const Json& value, ListingNotes& notes) {
  if (!value.is_object()) return;
  if (const auto list = value.find("detections"); list != value.end() && list->is_array()) {
    for (const Json& detection : *list)
      if (detection.is_object()) add_detection(photo, detection, Json(), notes);
  } else if (const auto several = value.find("classifications"); several != value.end() && several->is_array()) {
    for (const Json& one : *several) add_labels(photo, field, text_or_empty(one, "label"), notes);
  } else {
    add_labels(photo, field == "ground_truth" ? "label" : field, text_or_empty(value, "label"), notes);
  }
}

// FiftyOneDataset: samples.json.
void read_samples(const Json& samples, Gathering& photos) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Listed photo;
    photo.where = photos.file.string() + ":samples[" + std::to_string(i) + "]";
    photo.says_boxes = true;
    photos.photos.locate(photo, photos.folder(), text_or_empty(samples[i], "filepath"));
    if (samples[i].is_object())
      for (const auto& [field, value] : samples[i].items()) add_sample_field(photo, field, value, photos.notes);
    if (const auto tags = samples[i].find("tags"); tags != samples[i].end() && tags->is_array())
      for (const Json& tag : *tags)
        if (tag.is_string()) add_labels(photo, "tag", tag.get<std::string>(), photos.notes);
    photos.add(std::move(photo));
  }
}

// --- Beside one photo -----------------------------------------------------------------------------------------------

bool read_labelme(const Json& root, Listed& photo, ListingNotes& notes) {
  const auto shapes = root.find("shapes");
  if (shapes == root.end() || !shapes->is_array() || !root.contains("imagePath")) return false;
  const double width = number_or(root, "imageWidth", 0), height = number_or(root, "imageHeight", 0);
  if (width > 0 && height > 0) photo.frame = {Frame::Unit::kBitmap, width, height};
  photo.says_boxes = true;
  for (const Json& shape : *shapes) {
    std::vector<double> points;
    if (const auto list = shape.find("points"); list != shape.end() && list->is_array())
      for (const Json& point : *list)
        if (point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number())
          points.insert(points.end(), {point[0].get<double>(), point[1].get<double>()});
    draw(photo, text_or_empty(shape, "label"), box_of_points(points), notes);
  }
  if (const auto flags = root.find("flags"); flags != root.end() && flags->is_object())
    for (const auto& [flag, set] : flags->items())
      if (set.is_boolean() && set.get<bool>()) add_labels(photo, "label", flag, notes);
  return true;
}

}  // namespace

bool read_label_studio(const Json& root, Gathering& photos) {
  const auto is_task = [](const Json& task) {
    return task.is_object() && task.contains("data") && task["data"].is_object() &&
           (task.contains("annotations") || task.contains("completions"));
  };
  if (!root.is_array() || std::ranges::none_of(root, is_task)) return false;
  for (std::size_t i = 0; i < root.size(); ++i) {
    Listed photo;
    photo.where = photos.file.string() + ":[" + std::to_string(i) + "]";
    if (!is_task(root[i])) {
      photos.fail(photo.where, "is no task of Label Studio: it has no \"data\" or no \"annotations\"");
      continue;
    }
    photo.says_boxes = true;
    const std::string name = studio_path(studio_image(root[i]["data"]));
    const fs::path short_name = without_upload_prefix(fs::path(name).filename().native());
    if (!photos.photos.locate_stem(photo, photos.folder(), fs::path(name).filename().native()) &&
        !photos.photos.locate_stem(photo, photos.folder(), short_name.native()))
      photos.photos.locate(photo, photos.folder(), name);
    for (const char* list : {"annotations", "completions"}) {
      const auto annotations = root[i].find(list);
      if (annotations == root[i].end() || !annotations->is_array()) continue;
      for (const Json& annotation : *annotations) {
        if (!annotation.is_object() || annotation.value("was_cancelled", Json(false)) == Json(true)) continue;
        const auto results = annotation.find("result");
        if (results == annotation.end() || !results->is_array()) continue;
        for (const Json& result : *results)
          if (result.is_object()) add_studio_result(photo, result, photos.notes);
      }
    }
    photos.add(std::move(photo));
  }
  return true;
}

bool read_fiftyone(const Json& root, Gathering& photos) {
  if (!root.is_object()) return false;
  if (const auto samples = root.find("samples"); samples != root.end() && samples->is_array()) {
    const auto has_path = [](const Json& sample) { return sample.is_object() && sample.contains("filepath"); };
    if (samples->empty() || !std::ranges::all_of(*samples, has_path)) return false;
    read_samples(*samples, photos);
    return true;
  }
  const auto labels = root.find("labels"), classes = root.find("classes");
  if (labels == root.end() || !labels->is_object() || (classes == root.end() && root.size() > 1)) return false;
  const Json names = classes == root.end() ? Json() : *classes;
  for (const auto& [name, value] : labels->items()) {
    Listed photo;
    photo.where = photos.file.string() + ":" + name;
    if (!photos.photos.locate_stem(photo, photos.folder(), name)) photo.reason = "no photo is called \"" + name + "\"";
    const bool detections = value.is_array() && std::ranges::any_of(value, [](const Json& one) {
                              return one.is_object() && one.contains("bounding_box");
                            });
    photo.says_boxes = detections || value.is_null();
    if (detections) {
      for (const Json& one : value)
        if (one.is_object()) add_detection(photo, one, names, photos.notes);
    } else if (value.is_array()) {
      for (const Json& one : value) add_labels(photo, "label", class_name(one, names), photos.notes);
    } else {
      add_labels(photo, "label", class_name(value, names), photos.notes);
    }
    photos.add(std::move(photo));
  }
  return true;
}

bool read_photo_json(const Json& root, Listed& photo, ListingNotes& notes) {
  // What programs note of a download; "id" and "source" are our own export's.
  constexpr std::array<std::string_view, 18> kBookkeeping = {
      "key",    "url",    "status", "error_message",   "sha256", "md5",  "exif",      "original_width", "width",
      "height", "source", "id",     "original_height", "file",   "path", "file_name", "similarity",     "shard",
  };
  if (!root.is_object() || root.contains("images")) return false;
  if (read_labelme(root, photo, notes)) return true;
  const auto add_field = [&](const std::string& field, const Json& value) {
    if (value.is_string())
      add_labels(photo, field, value.get<std::string>(), notes);
    else if (value.is_number() || value.is_boolean())
      add_labels(photo, field, dump_json(value), notes);
    else if (value.is_array() && std::ranges::all_of(value, &Json::is_string))
      for (const Json& one : value) add_labels(photo, field, one.get<std::string>(), notes, Joined::kNever);
    else if (!value.is_null())
      add_to(notes.ignored_columns, field, photo.where);
  };
  if (const auto labels = root.find("labels"); labels != root.end() && labels->is_object()) {
    for (const auto& [field, value] : labels->items()) add_field(field, value);
    photo.says_boxes = root.contains("garments");
    if (const auto garments = root.find("garments"); garments != root.end()) add_garments(photo, *garments, notes);
    return true;
  }
  for (const auto& [field, value] : root.items())
    if (std::ranges::find(kBookkeeping, lower_case(field)) == kBookkeeping.end()) add_field(field, value);
  return true;
}

}  // namespace ootd
