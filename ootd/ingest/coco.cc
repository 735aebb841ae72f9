#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// Texts of an image that the COCO format itself defines, and that say nothing about the picture.
constexpr std::array<std::string_view, 4> kFormatFields = {"file_name", "coco_url", "flickr_url", "date_captured"};

// Ids are numbers in COCO and texts in some descendants.
std::string id_text(const Json& object, const char* field, const std::string& where) {
  return dump_json(json_field<Json>(object, field, where));
}

Box read_box(const Json& object, const char* field, const std::string& where) {
  constexpr double kMaxSide = 1e6;  // pixels; more is no picture, and could not be a float exactly
  const auto values = json_field<std::vector<double>>(object, field, where);
  const bool sane = std::ranges::all_of(values, [](double value) { return std::abs(value) <= kMaxSide; });
  if (values.size() != 4 || !sane || values[2] <= 0 || values[3] <= 0)
    throw Error(Kind::kInput, "field \"" + std::string(field) + "\" must be [x, y, width, height] with positive sides");
  return {static_cast<float>(values[0]), static_cast<float>(values[1]), static_cast<float>(values[2]),
          static_cast<float>(values[3])};
}

const Json& list_of(const Json& root, const char* name, const std::string& where) {
  static const Json kNone = Json::array();
  const auto found = root.find(name);
  if (found == root.end()) return kNone;
  if (!found->is_array()) throw_bad_field(where, name, "must be a list");
  return *found;
}

// Runs `action` for each element of the list root[name]; one that throws becomes a failure "FILE:name[i]".
template <class Action>
void for_each_row(const Json& root, const char* name, const fs::path& file, const ListingSink& sink, Action action) {
  const Json& rows = list_of(root, name, file.string());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string where = file.string() + ":" + name + "[" + std::to_string(i) + "]";
    try {
      action(rows[i], where);
    } catch (const Error& error) {
      Listed failed;
      failed.where = where;
      failed.reason = error.what();
      sink(std::move(failed));
    }
  }
}

Listed read_image(const Json& image, const std::string& where, const fs::path& folder) {
  Listed photo;
  photo.where = where;
  locate(photo, folder, json_field<std::string>(image, "file_name", where));
  for (const auto& [field, value] : image.items())
    if (value.is_string() && std::ranges::find(kFormatFields, field) == kFormatFields.end() && field != "id")
      add_labels(photo.labels, field, value.get<std::string>());
  if (const auto tags = image.find("tags"); tags != image.end() && !tags->is_null() && !tags->is_string())
    for (const auto& tag : json_field<std::vector<std::string>>(image, "tags", where))
      add_labels(photo.labels, "tag", tag);
  if (const auto box = image.find("person_bbox"); box != image.end() && !box->is_null()) {
    Garment person;
    person.category = "person";
    person.box = read_box(image, "person_bbox", where);
    photo.garments.push_back(std::move(person));
  }
  return photo;
}

}  // namespace

void read_coco(const fs::path& file, const ListingSink& sink) {
  const Json root = parse_json(read_text(file, kMaxAnnotationBytes), file.string());
  if (!root.is_object() || !root.contains("images"))
    throw Error(Kind::kInput,
                file.string() + ": is not in COCO form: a JSON object with a list \"images\" is expected");
  const fs::path folder = file.parent_path();
  list_of(root, "images", file.string());  // a file that is refused is refused before its first row

  std::unordered_map<std::string, std::string> category_names;
  for_each_row(root, "categories", file, sink, [&](const Json& category, const std::string& where) {
    category_names[id_text(category, "id", where)] = json_field<std::string>(category, "name", where);
  });
  std::unordered_map<std::string, std::vector<Garment>> garments_of_image;
  for_each_row(root, "annotations", file, sink, [&](const Json& annotation, const std::string& where) {
    const std::string category = id_text(annotation, "category_id", where);
    const auto name = category_names.find(category);
    if (name == category_names.end())
      throw Error(Kind::kInput, "category_id " + category + " is not among the file's categories");
    Garment garment;
    garment.category = name->second;
    garment.box = read_box(annotation, "bbox", where);
    if (annotation.contains("fine_category"))
      garment.fine_category = json_field<std::string>(annotation, "fine_category", where);
    garments_of_image[id_text(annotation, "image_id", where)].push_back(std::move(garment));
  });
  for_each_row(root, "images", file, sink, [&](const Json& image, const std::string& where) {
    Listed photo = read_image(image, where, folder);
    photo.says_boxes = true;
    if (image.contains("id")) {
      for (Garment& garment : garments_of_image[id_text(image, "id", where)]) {
        add_labels(photo.labels, "garment", garment.fine_category);
        photo.garments.push_back(std::move(garment));
      }
    }
    sink(std::move(photo));
  });
}

}  // namespace ootd
