#include "ootd/workspace/workspace.h"

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr char kModelSetting[] = "model";
// Where it was, for a model that lies in none of the usual places.
constexpr char kModelFolderSetting[] = "model_folder";
constexpr char kDetectorSetting[] = "detector", kDetectorFolderSetting[] = "detector_folder";
constexpr char kRuleSetting[] = "person_rule";

}  // namespace

bool is_workspace(const std::filesystem::path& home) { return std::filesystem::exists(home / "catalog.db"); }

Workspace::Workspace(const std::filesystem::path& home, bool create) : home_(std::filesystem::absolute(home)) {
  if (!create && !is_workspace(home_))
    throw Error(Kind::kNotFound,
                home_.string() + ": no workspace there; `ootd import PHOTOS` makes one, or name another with --home");
  catalog_ = std::make_unique<Catalog>(home_);
}

std::optional<std::string> Workspace::model_id() const { return catalog_->setting(kModelSetting); }

void Workspace::use_model(const std::string& id) { catalog_->set_setting(kModelSetting, id); }

void Workspace::use_model(const Model& model) {
  Catalog::Batch batch(*catalog_);
  use_model(model.id);
  catalog_->set_setting(kModelFolderSetting, std::filesystem::absolute(model.folder).string());
  batch.commit();
}

std::string Workspace::vectors_id(const std::string& name) const {
  if (name.empty()) return need_model_id();
  return catalog_->embedding_count(name) > 0 ? name : find_model(name).id;
}

std::string Workspace::need_model_id() const {
  auto id = model_id();
  if (!id) throw Error(Kind::kNotFound, home_.string() + ": no vectors yet; run `ootd embed` first");
  return *id;
}

Model Workspace::need_model() const {
  const std::string id = need_model_id();
  if (const auto folder = catalog_->setting(kModelFolderSetting)) {
    const auto at = id.rfind('@');
    const std::string reference = *folder + (at == std::string::npos ? "" : id.substr(at));
    if (is_model_folder(reference))
      if (Model model = open_model(reference); model.id == id) return model;
  }
  return find_model(id);
}

void Workspace::use_detector(const DetectorModel& model, const PersonRule& rule) {
  Catalog::Batch batch(*catalog_);
  catalog_->set_setting(kDetectorSetting, model.id);
  catalog_->set_setting(kDetectorFolderSetting, std::filesystem::absolute(model.folder).string());
  catalog_->set_setting(kRuleSetting, dump_json(to_json(rule)));
  batch.commit();
}

std::optional<DetectorModel> Workspace::detector() const {
  const auto id = catalog_->setting(kDetectorSetting);
  if (!id) return std::nullopt;
  const std::filesystem::path folder = catalog_->setting(kDetectorFolderSetting).value_or("");
  try {
    if (std::filesystem::is_directory(folder))
      if (DetectorModel model = open_detector(folder); model.id == *id) return model;
    return find_detector(home_, *id);
  } catch (const Error& error) {
    throw Error(error.kind(),
                "the detector that cropped the photos here cannot be opened; bring it back, or crop by "
                "another with `ootd crop --model DETECTOR`: " +
                    std::string(error.what()));
  }
}

PersonRule Workspace::person_rule() const {
  const auto rule = catalog_->setting(kRuleSetting);
  const std::string where = home_.string() + ": setting " + kRuleSetting;
  return rule ? parse_person_rule(parse_json(*rule, where), where) : PersonRule();
}

std::unique_ptr<OutfitFinder> Workspace::outfit_finder() const {
  auto model = detector();
  if (!model) return nullptr;
  return std::make_unique<OutfitFinder>(*std::move(model), person_rule());
}

std::unique_ptr<SearchIndex> Workspace::open_index(const std::string& garment) {
  const std::string model = garment.empty() ? need_model_id() : garment_model_id(need_model_id(), garment);
  if (!garment.empty() && catalog_->embedding_dim(model) == 0)
    throw Error(Kind::kNotFound, home_.string() + ": no vectors of garments \"" + garment +
                                     "\"; run `ootd crop`, then `ootd embed --garments`");
  auto index = std::make_unique<SearchIndex>(*catalog_, model);
  index->refresh();
  return index;
}

ImageRecord Workspace::need_image(const ImageId& id) const {
  auto image = catalog_->find_image(id);
  if (!image) throw Error(Kind::kNotFound, "no image with id \"" + id + "\" in " + home_.string());
  return *image;
}

std::string garment_model_id(const std::string& model_id, const std::string& category) {
  return model_id + "#" + category;
}

std::vector<Row> rows_without_vector(const Catalog& catalog, const std::string& model) {
  std::vector<Row> rows;
  for (;;) {
    const auto page = catalog.rows_without_embedding(model, rows.empty() ? 0 : rows.back(), 10'000);
    if (page.empty()) return rows;
    rows.insert(rows.end(), page.begin(), page.end());
  }
}

}  // namespace ootd
