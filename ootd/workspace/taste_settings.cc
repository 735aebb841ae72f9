#include "ootd/workspace/taste_settings.h"

#include "ootd/base/io.h"
#include "ootd/base/toml.h"

namespace ootd {

TasteSettings taste_settings(const std::filesystem::path& home) {
  TasteSettings settings;
  const std::filesystem::path path = home / "ootd.toml";
  if (!std::filesystem::exists(path)) return settings;
  const toml::table file = parse_toml(read_text(path), path.string());
  TableReader whole(&file, path.string());
  TableReader taste = whole.table("taste");
  taste.field("label", settings.label);
  taste.field("explore", settings.explore);
  require(settings.explore >= 0 && settings.explore <= 1, taste, "explore must be a share, from 0 to 1");
  std::string policy;
  taste.field("policy", policy);
  try {
    if (!policy.empty()) settings.policy = find_policy(policy);
  } catch (const Error& error) {
    throw Error(Kind::kInput, taste.where() + ": field \"policy\": " + error.what());
  }
  taste.field("salt", settings.salt);
  TableReader arms = taste.table("arms");
  for (const std::string& name : arms.keys()) arms.field(name.c_str(), settings.arms.emplace_back(name, 0.0).share);
  require(settings.arms.empty() || policy.empty(), taste, "policy and arms: only one of them can deal");
  try {
    if (!settings.arms.empty()) check_arms(settings.arms);
  } catch (const Error& error) {
    throw Error(Kind::kInput, arms.where() + ": " + error.what());
  }
  for (const Arm& arm : settings.arms) settings.arm_policies.push_back(find_policy(arm.policy));
  taste.finish();
  whole.finish();
  return settings;
}

LookLabels labels_of(const LookStore& looks, const TasteSettings& settings) {
  return settings.label.empty() ? LookLabels() : LookLabels(settings.label, looks.labels_of(settings.label));
}

}  // namespace ootd
