#include "ootd/hub/manifest.h"

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/sha256.h"
#include "ootd/hub/source.h"
#include "ootd/models/model.h"

namespace ootd {
namespace {

constexpr int kFormat = 1;

}  // namespace

std::optional<Manifest> read_manifest(const std::filesystem::path& folder) {
  const auto path = folder / kManifestFile;
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string where = path.string();
  const Json json = read_json(path);
  if (json_field<int>(json, "format", where) != kFormat)
    throw Error(Kind::kInput, where + ": is of another format version than " + std::to_string(kFormat));
  Manifest manifest{json_field<std::string>(json, "source", where),
                    json_field<std::string>(json, "revision", where),
                    json_field<std::string>(json, "commit", where),
                    json_field<std::string>(json, "licence", where),
                    {}};
  const auto files = json_field<std::vector<Json>>(json, "files", where);
  for (const Json& file : files) {
    manifest.files.push_back({json_field<std::string>(file, "path", where),
                              json_field<std::uint64_t>(file, "size", where),
                              json_field<std::string>(file, "sha256", where)});
    const PulledFile& last = manifest.files.back();
    if (const auto problem = path_problem(last.path))
      throw Error(Kind::kInput, where + ": the file name " + dump_json(last.path) + " " + *problem);
  }
  return manifest;
}

void write_manifest(const std::filesystem::path& folder, const Manifest& manifest) {
  Json files = Json::array();
  for (const auto& file : manifest.files)
    files.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
  const Json json = {{"format", kFormat},         {"source", manifest.source},   {"revision", manifest.revision},
                     {"commit", manifest.commit}, {"licence", manifest.licence}, {"files", std::move(files)}};
  const std::string text = dump_json(json, 2) + "\n";
  write_file_atomically(folder / kManifestFile, std::as_bytes(std::span(text)));
}

PulledFile hash_file(const std::filesystem::path& folder, const std::string& path) {
  const MappedFile file(folder / path);
  return {path, file.bytes().size(), sha256_hex(file.bytes())};
}

std::vector<std::string> changed_files(const std::filesystem::path& folder, const Manifest& manifest) {
  std::vector<std::string> problems;
  for (const auto& expected : manifest.files) {
    const std::string path = (folder / expected.path).string();
    try {
      const auto size = std::filesystem::is_regular_file(path) ? std::filesystem::file_size(path) : expected.size;
      if (size != expected.size) {
        problems.push_back(path + " has " + std::to_string(size) + " bytes, expected " + std::to_string(expected.size));
        continue;
      }
      const PulledFile actual = hash_file(folder, expected.path);
      if (actual.sha256 != expected.sha256)
        problems.push_back(path + ": sha256 is " + actual.sha256 + ", expected " + expected.sha256);
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  }
  return problems;
}

std::optional<std::string> model_problem(const std::filesystem::path& folder) {
  try {
    const Model model = open_model(folder);
    open_weights(model);
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace ootd
