// The role of a store that holds looks: photos with their labels, and where they came from.
//
// Threads, crashes and errors: as catalog.h says for every role.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/base/json.h"
#include "ootd/catalog/filter.h"

namespace ootd {

struct ImageRecord {
  ImageId id;
  LookKey key = {};    // given by the catalog
  std::string source;  // where it came from: the path or url as the user gave it
  std::string file;    // the copy, relative to the workspace ("images/ab/abcd....jpg")
  std::string format;  // "jpeg", "png" ...
  std::int64_t bytes = 0;
  int width = 0, height = 0;  // upright
  std::vector<Label> labels;  // sorted, unique
};

// {key: [values]}
Json labels_json(std::span<const Label> labels);

class LookStore {
 public:
  virtual ~LookStore() = default;

  // Adds the image or, if its id is known, only the labels it lacks, as what image.source says of itself (claims.h).
  // Returns its key and whether it was new.
  struct Added {
    LookKey key = {};
    bool is_new = false;
  };
  virtual Added add_image(const ImageRecord& image) = 0;
  virtual std::int64_t image_count() const = 0;
  virtual std::optional<ImageRecord> find_image(const ImageId& id) const = 0;
  virtual std::optional<ImageRecord> find_image(LookKey key) const = 0;
  // All of one moment, in the order of `keys`; those that are gone are left out.
  virtual std::vector<ImageRecord> find_images(std::span<const LookKey> keys) const = 0;
  virtual std::optional<std::string> file_of(LookKey key) const = 0;  // ImageRecord::file alone, for walks over many
  // By key, from `after` (exclusive), at most `limit`. For walking the whole catalog in bounded memory.
  virtual std::vector<ImageRecord> images_after(LookKey after, int limit) const = 0;
  virtual std::vector<LookKey> all_keys() const = 0;  // ascending

  // Ascending. Throws Error(kInput) for a label key that no image has, naming those that are there.
  // Cost: each label that the filter names is read once.
  virtual std::vector<LookKey> keys_where(const Filter& filter) const = 0;

  // All images' values of one label key, by look.
  virtual std::vector<std::pair<LookKey, std::string>> labels_of(const std::string& key) const = 0;
  // Grows whenever a label came or went.
  virtual std::int64_t label_changes() const = 0;
  // Label keys with their number of distinct values and of images, for `doctor` and help.
  struct LabelKey {
    std::string key;
    std::int64_t values = 0, images = 0;
  };
  virtual std::vector<LabelKey> label_keys() const = 0;
  // Sorted. Cost: O(keys), where label_keys() reads every label.
  virtual std::vector<std::string> label_key_names() const = 0;

  // Whether this exact file (path, size, mtime) was imported before: lets a repeated import skip without reading it.
  virtual std::optional<ImageId> find_source(const std::string& source, std::int64_t bytes,
                                             std::int64_t mtime_ns) const = 0;
  virtual void remember_source(const std::string& source, std::int64_t bytes, std::int64_t mtime_ns,
                               const ImageId& id) = 0;

  // Removes the image with its labels, garments, crops, sources, vectors, events, picks for wardrobes and failures;
  // false if there is none. Its vectors' feeds say so; a user who has nothing else is none any more. The copy of the
  // photo under images/ is the caller's to delete.
  virtual bool erase_image(const ImageId& id) = 0;
  // Ids that somebody removed and that no import or crawl brings back by itself, whether or not they are here now.
  virtual void keep_out(const ImageId& id) = 0;
  virtual bool is_kept_out(const ImageId& id) const = 0;
  virtual void let_in(const ImageId& id) = 0;
};

}  // namespace ootd
