// A workspace folder as the stages use it: the catalog, the model in use, and where things lie.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "ootd/detect/outfit_finder.h"
#include "ootd/models/model.h"
#include "ootd/store/catalog.h"
#include "ootd/store/search_index.h"
#include "ootd/workspace/models.h"

namespace ootd {

// Whether a workspace lies there.
bool is_workspace(const std::filesystem::path& home);

class Workspace {
 public:
  // Opens the folder; makes it if `create`, else throws kNotFound saying what to run first.
  explicit Workspace(const std::filesystem::path& home, bool create = false);

  Catalog& catalog() { return *catalog_; }
  const Catalog& catalog() const { return *catalog_; }
  const std::filesystem::path& home() const { return home_; }
  std::filesystem::path file_of(const ImageRecord& image) const { return home_ / image.file; }

  // The model whose vectors search and taste use: the last that `ootd embed` was run with.
  std::optional<std::string> model_id() const;
  void use_model(const Model& model);
  void use_model(const std::string& id);  // vectors from elsewhere, whose model may not be here
  // The same, or throws kNotFound: "run ootd embed first".
  std::string need_model_id() const;
  Model need_model() const;

  Model find_model(const std::string& name) const { return ootd::find_model(home_, name); }
  // Under which id vectors stand: that of the model in use if `name` is empty, a word that `ootd vectors import` gave
  // them, or a model's by id, name or folder. Throws kNotFound.
  std::string vectors_id(const std::string& name) const;

  // What `ootd crop` was last run with: it crops queries, too. Nothing before that: photos are seen whole.
  // Throws kNotFound saying what to do if the detector is gone.
  void use_detector(const DetectorModel& model, const PersonRule& rule);
  std::optional<DetectorModel> detector() const;
  PersonRule person_rule() const;  // the default before that
  std::unique_ptr<OutfitFinder> outfit_finder() const;

  // The index of the model in use, loaded and in step with the catalog; of a garment's category ("top"), if given, in
  // place of whole looks.
  std::unique_ptr<SearchIndex> open_index(const std::string& garment = {});

  // The image of this id; throws kNotFound.
  ImageRecord need_image(const ImageId& id) const;

 private:
  const std::filesystem::path home_;
  std::unique_ptr<Catalog> catalog_;
};

// The name under which the vectors of the main persons' garments of one category are stored.
std::string garment_model_id(const std::string& model_id, const std::string& category);

// Every row that has no vector of the model, ascending.
std::vector<Row> rows_without_vector(const Catalog& catalog, const std::string& model);

}  // namespace ootd
