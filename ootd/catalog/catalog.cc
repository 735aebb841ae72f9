#include "ootd/catalog/catalog.h"

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr char kCropsSetting[] = "crops";

}  // namespace

std::string crops_in_use(const SettingStore& settings) { return settings.setting(kCropsSetting).value_or(""); }

void use_crops(SettingStore& settings, const std::string& origin) { settings.set_setting(kCropsSetting, origin); }

Json labels_json(std::span<const Label> labels) {
  Json json = Json::object();
  for (const Label& label : labels) json[label.key].push_back(label.value);
  return json;
}

bool is_program_key(std::string_view key) {
  return key == kCropKey || key == kPaletteKey || key == kCopyKey || key == Filter::kIdKey;
}

Catalog::Batch::Batch(Catalog& catalog) : catalog_(catalog) { catalog_.begin_batch(); }

void Catalog::Batch::commit() {
  if (!open_) throw Error(Kind::kInternal, "a Catalog::Batch was committed twice");
  catalog_.commit_batch();
  open_ = false;
}

Catalog::Batch::~Batch() {
  if (open_) catalog_.abandon_batch();
}

}  // namespace ootd
