// COCO's json: also what Roboflow, CVAT, Label Studio and FiftyOne write in its form.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/boxes.h"
#include "ootd/ingest/folder_words.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// Texts of an image that the COCO format itself defines, and that say nothing about the picture.
constexpr std::array<std::string_view, 6> kFormatFields = {"file_name",     "coco_url", "flickr_url",
                                                           "date_captured", "id",       "license"};

const Json& list_of(const Json& root, const char* name, const std::string& where) {
  static const Json kNone = Json::array();
  const auto found = root.find(name);
  if (found == root.end() || found->is_null()) return kNone;
  if (!found->is_array()) throw_bad_field(where, name, "must be a list");
  return *found;
}

// Runs `action` for each element of the list root[name]; one that throws becomes a failure "FILE:name[i]".
template <class Action>
void for_each_row(const Json& root, const char* name, Gathering& photos, Action action) {
  const Json& rows = list_of(root, name, photos.file.string());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string where = photos.file.string() + ":" + name + "[" + std::to_string(i) + "]";
    try {
      action(rows[i], where);
    } catch (const Error& error) {
      photos.fail(where, error.what());
    }
  }
}

Listed read_image(const Json& image, const std::string& where, Gathering& photos, const std::string& split) {
  Listed photo;
  photo.where = where;
  photo.says_boxes = true;
  photos.photos.locate(photo, photos.folder(), json_field<std::string>(image, "file_name", where), split);
  for (const auto& [field, value] : image.items())
    if (value.is_string() && std::ranges::find(kFormatFields, field) == kFormatFields.end())
      add_labels(photo, field, value.get<std::string>(), photos.notes);
  if (const auto tags = image.find("tags"); tags != image.end() && !tags->is_null() && !tags->is_string())
    for (const auto& tag : json_field<std::vector<std::string>>(image, "tags", where))
      add_labels(photo, "tag", tag, photos.notes);
  const auto side = [&](const char* field) {
    const auto found = image.find(field);
    if (found == image.end()) return 0.0;
    if (found->is_number()) return found->get<double>();
    return found->is_string() ? parse_number(found->get<std::string>()).value_or(0) : 0.0;
  };
  if (const double width = side("width"), height = side("height"); width > 0 && height > 0)
    photo.frame = {Frame::Unit::kBitmap, width, height};
  if (const auto box = image.find("person_bbox"); box != image.end() && !box->is_null()) {
    Garment person;
    person.category = kPersonCategory;
    person.box = box_of(*box, "person_bbox");
    photo.garments.push_back(std::move(person));
  }
  return photo;
}

// What annotations say of one image's id.
struct Said {
  std::vector<Garment> garments;
  std::vector<std::string> captions;
  std::string file_name;  // of the image with this id
};

bool is_crowd(const Json& annotation) {
  const auto crowd = annotation.find("iscrowd");
  if (crowd == annotation.end()) return false;
  if (crowd->is_boolean()) return crowd->get<bool>();
  if (crowd->is_string()) return crowd->get<std::string>() == "1";
  return crowd->is_number() && crowd->get<double>() != 0;
}

// The annotation's own box, or that around its segmentation.
Box drawn_box(const Json& annotation, const std::string& where) {
  const auto box = annotation.find("bbox");
  const bool has_box = box != annotation.end() && !box->is_null() && !(box->is_array() && box->empty());
  const auto segmentation = annotation.find("segmentation");
  if (!has_box && segmentation != annotation.end())
    if (const auto around = box_of_segmentation(*segmentation)) return *around;
  if (!has_box) throw_bad_field(where, "bbox", "is missing");
  return box_of(*box, "bbox");
}

class CocoFile {
 public:
  CocoFile(const Json& root, Gathering& photos) : root_(root), photos_(photos) {}

  void read() {
    for_each_row(root_, "categories", photos_, [&](const Json& category, const std::string& where) {
      category_names_[id_text(category, "id", where)] = json_field<std::string>(category, "name", where);
    });
    find_ids();
    for_each_row(root_, "annotations", photos_,
                 [&](const Json& annotation, const std::string& where) { read_annotation(annotation, where); });
    const std::string split = split_of_file(photos_.file.stem().native());
    for_each_row(root_, "images", photos_, [&](const Json& image, const std::string& where) {
      Listed photo = read_image(image, where, photos_, split);
      if (image.contains("id")) {
        const Said& said = said_.at(id_text(image, "id", where));
        unite_garments(photo.garments, said.garments);
        for (const std::string& caption : said.captions) add_labels(photo, "caption", caption, photos_.notes);
        for (const Garment& garment : said.garments) add_labels(photo, "garment", garment.fine_category, photos_.notes);
      }
      photos_.add(std::move(photo));
    });
  }

 private:
  // An id under which two photos go would give each the other's boxes.
  void find_ids() {
    for (const Json& image : list_of(root_, "images", photos_.file.string())) {
      if (!image.is_object() || !image.contains("id")) continue;
      const auto name = image.find("file_name");
      if (name == image.end() || !name->is_string()) continue;
      try {
        const std::string id = id_text(image, "id", "");
        std::string file_name = without_blanks(name->get<std::string>());
        std::ranges::replace(file_name, '\\', '/');
        const auto [said, is_new] = said_.try_emplace(id);
        if (is_new)
          said->second.file_name = std::move(file_name);
        else if (said->second.file_name != file_name)
          ambiguous_.insert(id);
      } catch (const Error&) {  // said when the image is read
      }
    }
  }

  void read_annotation(const Json& annotation, const std::string& where) {
    const std::string image = id_text(annotation, "image_id", where);
    const auto said = said_.find(image);
    Tallies& boxes = photos_.notes.boxes;
    if (said == said_.end()) return add_to(boxes, "orphan", where);
    if (ambiguous_.contains(image)) return add_to(boxes, "ambiguous_id", where);
    const auto caption = annotation.find("caption");
    if (caption != annotation.end() && caption->is_string() && !annotation.contains("bbox"))
      return said->second.captions.push_back(caption->get<std::string>());
    if (is_crowd(annotation)) return add_to(boxes, "crowd", where);
    const auto name = category_names_.find(id_text(annotation, "category_id", where));
    if (name == category_names_.end()) return add_to(boxes, "orphan", where);
    Garment garment;
    garment.category = name->second;
    garment.box = drawn_box(annotation, where);
    if (garment.box.w < kSmallestSide || garment.box.h < kSmallestSide)
      throw_bad_field(where, "bbox", "is smaller than a pixel; boxes are counted in pixels");
    if (const auto fine = annotation.find("fine_category"); fine != annotation.end() && !fine->is_null())
      garment.fine_category = json_field<std::string>(annotation, "fine_category", where);
    said->second.garments.push_back(std::move(garment));
  }

  const Json& root_;
  Gathering& photos_;
  std::unordered_map<std::string, std::string> category_names_;
  std::unordered_map<std::string, Said> said_;  // by the image's id
  std::unordered_set<std::string> ambiguous_;
};

}  // namespace

bool read_coco(const Json& root, Gathering& photos) {
  if (!root.is_object() || !root.contains("images")) return false;
  // A file that is refused is refused before its first row.
  const Json& images = list_of(root, "images", photos.file.string());
  list_of(root, "annotations", photos.file.string());
  list_of(root, "categories", photos.file.string());
  const bool names_photos =
      std::ranges::any_of(images, [](const Json& image) { return image.is_object() && image.contains("file_name"); });
  if (!names_photos && !root.contains("annotations") && !root.contains("categories")) return false;
  CocoFile(root, photos).read();
  return true;
}

}  // namespace ootd
