#include "ootd/workspace/workspace.h"

#include <set>

#include "ootd/base/error.h"
#include "ootd/ingest/photo_store.h"

namespace ootd {
namespace {

// Where a model or detector was, by its id.
std::string folder_setting(const std::string& id) { return "folder of " + id; }
// What made the crops of an origin: {"detector": id, "rule": {...}}.
std::string crops_setting(const std::string& origin) { return "crops " + origin; }

}  // namespace

Workspace::Workspace(const WorkspacePlace& place, bool create)
    : home_(std::filesystem::absolute(place.home)), catalog_([&] {
        if (!create && !is_workspace(place))
          throw Error(Kind::kNotFound, home_.string() +
                                           ": no workspace there; `ootd import PHOTOS` makes one, or name another with "
                                           "--home");
        return open_store({home_, place.store});
      }()) {
  finish_erasures(*catalog_);
}

SqliteCatalog& Workspace::need_catalog_file() {
  if (auto* const catalog = dynamic_cast<SqliteCatalog*>(catalog_.get())) return *catalog;
  throw Error(Kind::kInput,
              "the crawler keeps its ledger in a workspace's catalog.db, not in a database; crawl without --store "
              "($OOTD_STORE) into a --home of its own, `ootd images export` it, and import that here");
}

Generation Workspace::need_serving() const {
  auto generation = catalog_->serving();
  if (!generation) throw Error(Kind::kNotFound, home_.string() + ": no vectors yet; run `ootd embed` first");
  return *std::move(generation);
}

Generation Workspace::find_generation(const std::string& name) const {
  if (name.empty()) return need_serving();
  const auto held_of = [&](const std::string& model) -> std::optional<Generation> {
    if (const Generation wanted = generation_of(model); catalog_->vector_count(wanted) > 0) return wanted;
    for (const auto& [generation, vectors] : catalog_->generations())
      if (generation.model == model) return generation;
    return std::nullopt;
  };
  if (auto held = held_of(name)) return *std::move(held);
  const std::string id = find_model(name).id;
  return held_of(id).value_or(generation_of(id));
}

Model Workspace::open_model_of(const Generation& generation) const {
  const std::string& id = generation.model;
  if (const auto folder = catalog_->setting(folder_setting(id))) {
    const auto at = id.rfind('@');
    const std::string reference = *folder + (at == std::string::npos ? "" : id.substr(at));
    if (is_model_folder(reference))
      if (Model model = open_model(reference); model.id == id) return model;
  }
  return find_model(id);
}

void Workspace::remember_folder(const Model& model) {
  catalog_->set_setting(folder_setting(model.id), std::filesystem::absolute(model.folder).string());
}

std::int64_t Workspace::serve_if_whole(const Generation& generation) {
  if (const auto present = catalog_->serving(); present && *present != generation) {
    std::set<std::string> failed;
    for (const char* stage : {"crop", "embed"})
      for (const Failure& failure : catalog_->failures(stage)) failed.insert(failure.item);
    std::int64_t waiting = 0;
    for (const LookKey look : all_looks_to_embed(*catalog_, generation)) {
      const auto file = catalog_->file_of(look);
      if (file && !failed.contains((home_ / *file).string()) && catalog_->vector(*present, look)) ++waiting;
    }
    if (waiting > 0) return waiting;
  }
  catalog_->serve(generation);
  constexpr int kAtOnce = 2000;  // some ten milliseconds of the writer's time
  while (catalog_->drop_old_vectors(kAtOnce) > 0) {
  }
  return 0;
}

void Workspace::use_detector(const DetectorModel& model, const PersonRule& rule, const std::string& origin) {
  Catalog::Batch batch(*catalog_);
  catalog_->set_setting(folder_setting(model.id), std::filesystem::absolute(model.folder).string());
  catalog_->set_setting(crops_setting(origin), dump_json({{"detector", model.id}, {"rule", to_json(rule)}}));
  use_crops(*catalog_, origin);
  batch.commit();
}

Json Workspace::note_of(const std::string& crops) const {
  const auto text = catalog_->setting(crops_setting(crops));
  return text ? parse_json(*text, home_.string() + ": setting " + crops_setting(crops)) : Json();
}

std::optional<DetectorModel> Workspace::detector_of(const std::string& crops) const {
  const Json note = note_of(crops);
  if (note.is_null()) return std::nullopt;
  const auto id = json_field<std::string>(note, "detector", home_.string() + ": setting " + crops_setting(crops));
  const std::filesystem::path folder = catalog_->setting(folder_setting(id)).value_or("");
  try {
    if (std::filesystem::is_directory(folder))
      if (DetectorModel model = open_detector(folder); model.id == id) return model;
    return find_detector(home_, id);
  } catch (const Error& error) {
    throw Error(error.kind(),
                "the detector that cropped the photos here cannot be opened; bring it back, or crop by "
                "another with `ootd crop --model DETECTOR`: " +
                    std::string(error.what()));
  }
}

PersonRule Workspace::rule_of(const std::string& crops) const {
  const Json note = note_of(crops);
  if (!note.contains("rule") || !note["rule"].is_object()) return {};
  return parse_person_rule(note["rule"], home_.string() + ": setting " + crops_setting(crops));
}

std::unique_ptr<OutfitFinder> Workspace::outfit_finder(const std::string& crops) const {
  auto model = detector_of(crops);
  if (!model) return nullptr;
  return std::make_unique<OutfitFinder>(*std::move(model), rule_of(crops));
}

std::unique_ptr<OutfitFinder> Workspace::outfit_finder() const {
  const auto serving = catalog_->serving();
  return outfit_finder(serving ? serving->crops : crops_in_use(*catalog_));
}

std::unique_ptr<VectorIndex> Workspace::open_index(const std::string& garment) const {
  const Generation generation = garment.empty() ? need_serving() : garments_of(need_serving(), garment);
  if (!garment.empty() && catalog_->vector_dim(generation) == 0)
    throw Error(Kind::kNotFound, home_.string() + ": no vectors of garments \"" + garment +
                                     "\"; run `ootd crop`, then `ootd embed --garments`");
  auto index = std::make_unique<VectorIndex>(*catalog_, generation, home_);
  index->refresh();
  return index;
}

ImageRecord Workspace::need_image(const ImageId& id) const {
  auto image = catalog_->find_image(id);
  if (!image) throw Error(Kind::kNotFound, "no image with id \"" + id + "\" in " + home_.string());
  return *image;
}

Generation garments_of(const Generation& generation, const std::string& category) {
  return {generation.model + "#" + category, generation.crops};
}

std::vector<LookKey> all_looks_to_embed(const VectorLog& log, const Generation& generation) {
  std::vector<LookKey> looks;
  for (;;) {
    const auto page = log.looks_to_embed(generation, looks.empty() ? LookKey{} : looks.back(), 10'000);
    if (page.empty()) return looks;
    looks.insert(looks.end(), page.begin(), page.end());
  }
}

}  // namespace ootd
