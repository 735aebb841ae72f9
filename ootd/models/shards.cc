#include "ootd/models/shards.h"

#include "ootd/base/error.h"
#include "ootd/base/json.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxIndexBytes = 32u << 20;
constexpr std::size_t kMaxShards = 1000;  // each is mapped as long as the weights are open
constexpr int kMaxListed = 20;

}  // namespace

bool is_index(const std::filesystem::path& file) { return file.string().ends_with(".index.json"); }

bool stays_inside(std::string_view file) {
  const std::filesystem::path path(file);
  if (file.empty() || path.is_absolute() || file.find('\0') != std::string_view::npos) return false;
  for (const auto& part : path)
    if (part == "..") return false;
  return true;
}

Shards parse_index(std::string_view text, const std::string& where) {
  const Json json = parse_json(text, where);
  const Json map = json_field<Json>(json, "weight_map", where);
  if (!map.is_object() || map.empty()) throw_bad_field(where, "weight_map", "must map weights to files");
  Shards shards;
  for (const auto& [weight, file] : map.items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (!stays_inside(name) || name.find('/') != std::string::npos || is_index(name))
      throw Error(Kind::kInput, where + ": weight_map sends " + weight.substr(0, 200) + " to " +
                                    dump_json(file).substr(0, 200) + ", which is no weights file in this folder");
    shards[name].insert(weight);
    if (shards.size() > kMaxShards)
      throw Error(Kind::kInput, where + ": weight_map names more than " + std::to_string(kMaxShards) + " files");
  }
  return shards;
}

Shards read_index(const std::filesystem::path& index) {
  Shards shards = parse_index(read_text(index, kMaxIndexBytes), index.string());
  std::string missing;
  int count = 0;
  for (const auto& [file, weights] : shards)
    if (!std::filesystem::exists(index.parent_path() / file) && ++count <= kMaxListed) missing += "\n  " + file;
  if (count > kMaxListed) missing += "\n  and " + std::to_string(count - kMaxListed) + " more";
  if (count > 0) throw Error(Kind::kNotFound, index.string() + ": files that it names are not there:" + missing);
  return shards;
}

void check_shard(const std::set<std::string, std::less<>>& promised, const WeightViews& views,
                 const std::string& where) {
  std::string problems;
  int count = 0;
  const auto list = [&](const char* what, const std::string& name) {
    if (++count <= kMaxListed) problems += "\n  " + std::string(what) + name.substr(0, 200);
  };
  for (const auto& name : promised)
    if (!views.contains(name)) list("missing: ", name);
  for (const auto& [name, view] : views)
    if (!promised.contains(name)) list("not in its weight_map, or sent to another file: ", name);
  if (count > kMaxListed) problems += "\n  and " + std::to_string(count - kMaxListed) + " more";
  if (count > 0) throw Error(Kind::kInput, where + ": does not hold what the index says:" + problems);
}

}  // namespace ootd
