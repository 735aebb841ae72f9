#include "ootd/train/sample_set.h"

#include <algorithm>
#include <map>

#include "ootd/base/error.h"
#include "ootd/ingest/photo_limits.h"

namespace ootd {
namespace {

std::vector<std::string> values_of(const ImageRecord& image, const std::string& key) {
  std::vector<std::string> values;
  for (const auto& label : image.labels)
    if (label.key == key) values.push_back(label.value);
  return values;
}

}  // namespace

// By a digit pair of the id, which is a hash.
bool held_out_by_id(const ImageId& id) { return std::stoi(id.substr(0, 2), nullptr, 16) < 26; }

std::string known_label_keys(const Catalog& catalog) {
  std::string list;
  for (const auto& name : catalog.label_key_names()) list += " " + name;
  return list;
}

void SampleSet::drop(const std::function<bool(const Sample&)>& unwanted) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (unwanted(samples[i])) continue;
    if (kept != i) {
      samples[kept] = std::move(samples[i]);
      for (auto& column : columns) column.labels[kept] = std::move(column.labels[i]);
    }
    ++kept;
  }
  samples.resize(kept);
  for (auto& column : columns) column.labels.resize(kept);
}

const LabelColumn& SampleSet::column(const std::string& key) const {
  for (const auto& column : columns)
    if (column.key == key) return column;
  throw Error(Kind::kInternal, "training samples: no column " + key);
}

std::vector<std::size_t> SampleSet::part(bool validation) const {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (samples[i].validation == validation) numbers.push_back(i);
  return numbers;
}

SampleSet load_samples(const Catalog& catalog, const std::vector<std::string>& keys, const std::string& train_split,
                       const std::string& val_split, int min_count) {
  const auto known = catalog.label_key_names();
  for (const auto& key : keys)
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error(Kind::kNotFound,
                  "no image has a label \"" + key + "\" to learn from; known label keys:" + known_label_keys(catalog));
  const bool has_split = std::find(known.begin(), known.end(), kSplitKey) != known.end();

  SampleSet set;
  set.split_by_id = !has_split;
  std::vector<std::vector<std::vector<std::string>>> words(keys.size());  // [key][sample]
  const std::string crops = crops_in_use(catalog);
  const DecodeLimits limits = photo_limits(catalog);
  constexpr int kPage = 10'000;
  for (LookKey after = {};;) {
    const auto page = catalog.images_after(after, kPage);
    if (page.empty()) break;
    after = page.back().key;
    for (const auto& image : page) {
      Sample sample;
      sample.look = image.key;
      sample.id = image.id;
      sample.file = catalog.home() / image.file;
      sample.limits = limits;
      const auto splits = values_of(image, kSplitKey);
      if (splits.empty())
        sample.validation = !has_split && held_out_by_id(image.id);
      else if (std::find(splits.begin(), splits.end(), val_split) != splits.end())
        sample.validation = true;
      else if (std::find(splits.begin(), splits.end(), train_split) == splits.end())
        continue;
      std::vector<std::vector<std::string>> values;
      bool labelled = keys.empty();
      for (const auto& key : keys) {
        values.push_back(values_of(image, key));
        labelled = labelled || !values.back().empty();
      }
      if (!labelled) continue;
      const auto crop = catalog.crop(image.key, crops);
      if (crop) sample.crop = crop->box;
      std::vector<Garment> garments = catalog.garments(image.key, "label");
      if (garments.empty() && crop) garments = catalog.garments(image.key, crop->detector());
      for (const auto& garment : garments)
        if (garment.category != "person") sample.garments.push_back(garment.box);
      for (std::size_t k = 0; k < keys.size(); ++k) words[k].push_back(std::move(values[k]));
      set.samples.push_back(std::move(sample));
    }
  }
  for (const bool validation : {false, true})
    if (set.part(validation).empty())
      throw Error(Kind::kNotFound, "no labelled photo is in split \"" + (validation ? val_split : train_split) + "\"");

  for (std::size_t k = 0; k < keys.size(); ++k) {
    std::map<std::string, int> counts;
    for (std::size_t i = 0; i < set.samples.size(); ++i)
      if (!set.samples[i].validation)
        for (const auto& word : words[k][i]) ++counts[word];
    LabelColumn column{keys[k], {}, std::vector<std::vector<int>>(set.samples.size())};
    std::map<std::string, int> numbers;
    for (const auto& [word, count] : counts) {
      if (count < min_count) continue;
      numbers[word] = static_cast<int>(column.names.size());
      column.names.push_back(word);
    }
    for (std::size_t i = 0; i < set.samples.size(); ++i) {
      for (const auto& word : words[k][i])
        if (const auto found = numbers.find(word); found != numbers.end()) column.labels[i].push_back(found->second);
      std::sort(column.labels[i].begin(), column.labels[i].end());
    }
    set.columns.push_back(std::move(column));
  }
  return set;
}

}  // namespace ootd
