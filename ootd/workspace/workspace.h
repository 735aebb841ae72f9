// A workspace folder as the stages use it: the catalog, the generation that serves, and where things lie.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "ootd/base/json.h"
#include "ootd/detect/outfit_finder.h"
#include "ootd/index/vector_index.h"
#include "ootd/models/model.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/workspace/models.h"
#include "ootd/workspace/place.h"

namespace ootd {

class Workspace {
 public:
  // Opens the folder; makes it if `create`, else throws kNotFound saying what to run first. A catalog in a database is
  // made in either case, if its schema is empty.
  explicit Workspace(const WorkspacePlace& place, bool create = false);

  Catalog& catalog() { return *catalog_; }
  const Catalog& catalog() const { return *catalog_; }
  // For the crawler, whose ledger lies in catalog.db. Throws kInput if the catalog is in a database.
  SqliteCatalog& need_catalog_file();
  const std::filesystem::path& home() const { return home_; }
  std::filesystem::path file_of(const ImageRecord& image) const { return home_ / image.file; }

  // --- Models and their vectors
  // The generation whose vectors search and taste use, or throws kNotFound: "run ootd embed first".
  Generation need_serving() const;
  // What this model makes of the crops in use: what `ootd embed` builds.
  Generation generation_of(const std::string& model_id) const { return {model_id, crops_in_use(*catalog_)}; }
  // That which serves if `name` is empty; else of a word that `ootd vectors import` gave vectors, or of a model by id,
  // name or folder, the one of the crops in use, or of others if only these have vectors. Throws kNotFound.
  Generation find_generation(const std::string& name) const;
  // The model of the generation that serves. Throws kNotFound.
  Model need_model() const { return open_model_of(need_serving()); }
  Model open_model_of(const Generation& generation) const;
  Model find_model(const std::string& name) const { return ootd::find_model(home_, name); }
  // Where a model lies that is in none of the usual places, so that open_model_of() finds it again.
  void remember_folder(const Model& model);
  // Makes the generation the one that serves if it has a vector of every look that has one now (failures aside), and
  // drops vectors that nobody can go back to. Returns how many looks it still waits for: 0 = it serves.
  std::int64_t serve_if_whole(const Generation& generation);

  // --- Crops
  // What `ootd crop` runs with from now on. origin: OutfitFinder::origin() of the two.
  void use_detector(const DetectorModel& model, const PersonRule& rule, const std::string& origin);
  // Of the crops in use; nothing (and the default rule) before the first `ootd crop`.
  // Throws kNotFound saying what to do if the detector is gone.
  std::optional<DetectorModel> detector() const { return detector_of(crops_in_use(*catalog_)); }
  PersonRule person_rule() const { return rule_of(crops_in_use(*catalog_)); }
  // Crops queries as the photos of these crops were; null = photos are seen whole. Throws likewise.
  std::unique_ptr<OutfitFinder> outfit_finder(const std::string& crops) const;
  // As the generation that serves; before there is one, as `ootd crop` does.
  std::unique_ptr<OutfitFinder> outfit_finder() const;

  // The index of the generation that serves, loaded and in step with the catalog; of a garment's category ("top"), if
  // given, in place of whole looks.
  std::unique_ptr<VectorIndex> open_index(const std::string& garment = {}) const;

  // The image of this id; throws kNotFound.
  ImageRecord need_image(const ImageId& id) const;

 private:
  // What use_detector() noted of these crops; null if nobody made them here.
  Json note_of(const std::string& crops) const;
  std::optional<DetectorModel> detector_of(const std::string& crops) const;
  PersonRule rule_of(const std::string& crops) const;

  const std::filesystem::path home_;
  const std::unique_ptr<Catalog> catalog_;
};

// Of the main persons' garments of one category.
Generation garments_of(const Generation& generation, const std::string& category);

// Every look whose vector is missing or out of date, ascending.
std::vector<LookKey> all_looks_to_embed(const VectorLog& log, const Generation& generation);

}  // namespace ootd
