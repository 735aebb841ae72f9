#include <filesystem>

#include "ootd/base/sha256.h"
#include "ootd/cli/models.h"
#include "ootd/hub/manifest.h"

namespace ootd {
namespace {

// Of one file its digest, of several the digest over theirs. pull.json knows them (`models verify` checks that);
// otherwise the files are read.
std::string weights_sha256(const Model& model, const std::optional<Manifest>& manifest) {
  std::string digests;
  const auto stored = model.stored_files();
  for (const auto& stored_file : stored) {
    const std::string path = stored_file.lexically_relative(model.folder).string();
    std::string digest;
    if (manifest)
      for (const auto& file : manifest->files)
        if (file.path == path && file.size == std::filesystem::file_size(stored_file)) digest = file.sha256;
    digests += digest.empty() ? hash_file(model.folder, path).sha256 : digest;
  }
  return stored.size() == 1 ? digests : sha256_hex(std::as_bytes(std::span(digests)));
}

}  // namespace

Json model_json(const Model& model) {
  const auto manifest = read_manifest(model.folder);
  const bool unnamed = model.config.source.empty() && manifest.has_value();
  return {{"name", model.config.name},
          {"id", model.id},
          {"dim", model.config.dim()},
          {"params", parameter_count(model.config)},
          {"text", model.config.text.has_value()},
          {"sha256", weights_sha256(model, manifest)},
          {"folder", model.folder.string()},
          {"source",
           unnamed ? manifest->source + (manifest->commit.empty() ? "" : "@" + manifest->commit) : model.config.source},
          {"licence", model.config.licence.empty() && manifest ? manifest->licence : model.config.licence}};
}

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, bytes < 10e6 ? "%.1f MB" : "%.0f MB", bytes / 1e6);
  return text;
}

}  // namespace ootd
