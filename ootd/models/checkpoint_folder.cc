#include "ootd/models/checkpoint_folder.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/models/shards.h"

namespace ootd {

std::vector<std::filesystem::path> stored_parts(const std::filesystem::path& weights) {
  std::vector<std::filesystem::path> files = {weights};
  if (is_index(weights))
    for (const auto& [shard, names] : read_index(weights)) files.push_back(weights.parent_path() / shard);
  // Graphs beyond protobuf's 2 GB keep their weights in such a file.
  for (const char* suffix : {"_data", ".data"})
    if (weights.extension() == ".onnx" && std::filesystem::exists(weights.string() + suffix))
      files.push_back(weights.string() + suffix);
  return files;
}

// A hash over hashes: each part is read once, wherever it lies.
std::string hash_prefix(const std::string& config_text, std::span<const std::filesystem::path> files) {
  std::string parts = sha256_hex(std::as_bytes(std::span(config_text)));
  for (const auto& file : files) parts += sha256_hex(MappedFile(file).bytes());
  return sha256_hex(std::as_bytes(std::span(parts))).substr(0, 8);
}

std::filesystem::path write_folder(const std::filesystem::path& parent,
                                   const std::function<std::string(const std::filesystem::path&)>& write) {
  std::filesystem::create_directories(parent);
  std::string pattern = (parent / ".new-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw Error(Kind::kUnavailable,
                parent.string() + ": cannot write there: " + std::generic_category().message(errno));
  const std::filesystem::path folder = pattern;
  try {
    // mkdtemp made it for its owner alone; a model is for whoever may read the folder that it lies in.
    std::filesystem::permissions(folder, std::filesystem::status(parent).permissions());
    const std::filesystem::path named = parent / write(folder);
    if (std::filesystem::exists(named)) {
      std::filesystem::remove_all(folder);
    } else {
      sync_folder(folder);
      std::filesystem::rename(folder, named);
      sync_folder(parent);
    }
    return named;
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    throw;
  }
}

}  // namespace ootd
