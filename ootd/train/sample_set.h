// What a run learns from: the photos of a workspace with their labels, split and boxes. The split is that of the data
// set's author where there is one (label "split"), else it follows from the image's id, so that it never changes.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/base/image_id.h"
#include "ootd/catalog/catalog.h"
#include "ootd/image/decode.h"

namespace ootd {

struct Sample {
  LookKey look = {};
  std::filesystem::path file;
  std::vector<Box> garments;  // the labelled ones, else those that the stored crop was made of, else none
  bool validation = false;
  ImageId id = {};
  std::optional<Box> crop = {};  // what `ootd embed` sees of the photo, if not all of it
  DecodeLimits limits = {};      // the workspace's
};

// The values of one label key: labels[i] are the (sorted) value numbers of sample i.
struct LabelColumn {
  std::string key;
  std::vector<std::string> names;
  std::vector<std::vector<int>> labels;
};

struct SampleSet {
  std::vector<Sample> samples;
  std::vector<LabelColumn> columns;
  bool split_by_id = false;  // else it is the data set author's

  // Takes out the samples of which `unwanted` is true, with their labels.
  void drop(const std::function<bool(const Sample&)>& unwanted);
  // Throws Error(kInternal) for a key that load_samples was not asked for.
  const LabelColumn& column(const std::string& key) const;
  // The training (or validation) samples' numbers.
  std::vector<std::size_t> part(bool validation) const;
};

// The side of an image where no author says: a tenth is held out for validation.
bool held_out_by_id(const ImageId& id);

std::string known_label_keys(const Catalog& catalog);  // " split style", for errors

// Samples of the two splits that carry at least one of the keys (all of them if keys is empty). Values with fewer than
// min_count training samples are dropped: a batch cannot learn from them. Where no image has a label "split", one of
// ten by id is for validation. Throws Error(kNotFound) naming a key that no image has, or a split without photos.
SampleSet load_samples(const Catalog& catalog, const std::vector<std::string>& keys, const std::string& train_split,
                       const std::string& val_split, int min_count = 4);

}  // namespace ootd
