// A workspace of SQLite's in a folder of its own, and what the tests put into it. Tests of this folder only.
#pragma once

#include <string>
#include <vector>

#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/in_child.h"

namespace ootd::testing {

inline const Generation kGeneration = {"m", ""};

inline ImageRecord image(const ImageId& id, std::vector<Label> labels = {}) {
  ImageRecord record;
  record.id = id;
  record.source = "/photos/" + id + ".jpg";
  record.labels = std::move(labels);
  return record;
}

// Adds `size` images with vectors and one event each, in one transaction.
inline void add_batch(Catalog& catalog, const std::string& name, int size) {
  Catalog::Batch batch(catalog);
  std::vector<LookKey> looks;
  for (int i = 0; i < size; ++i) {
    looks.push_back(
        catalog.add_image(image(name + "-" + std::to_string(i), {{"batch", name}, {"style", "Retro"}})).key);
    catalog.append_event({.user = "user of " + name, .look = looks.back()});
  }
  Matrix vectors(looks.size(), 64);
  for (std::size_t i = 0; i < looks.size(); ++i) vectors.row(i)[0] = static_cast<float>(looks[i]);
  catalog.put_vectors(kGeneration, looks, vectors);
  batch.commit();
}

inline std::size_t count_of_batch(const Catalog& catalog, const std::string& name) {
  return catalog.keys_where(Filter::parse("batch = \"" + name + "\"")).size();
}

}  // namespace ootd::testing
