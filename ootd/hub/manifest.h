// pull.json: what a pulled folder was made of. docs/formats.md has the fields.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ootd {

inline constexpr char kManifestFile[] = "pull.json";

struct PulledFile {
  std::string path;  // relative, with '/'
  std::uint64_t size = 0;
  std::string sha256;
};

struct Manifest {
  std::string source;            // hf:owner/name, torchvision:FILE or file:FOLDER
  std::string revision, commit;  // of a hub's repository: what was asked for, and which commit that was; else empty
  std::string licence;
  std::vector<PulledFile> files;
};

// Nothing if the folder was not pulled. Throws Error(kInput) naming the field that is wrong.
std::optional<Manifest> read_manifest(const std::filesystem::path& folder);
void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

// The file as it lies in the folder.
PulledFile hash_file(const std::filesystem::path& folder, const std::string& path);

// Reads every file again: one line for each that is gone or changed.
std::vector<std::string> changed_files(const std::filesystem::path& folder, const Manifest& manifest);

// Why the folder is no model that this program can run (configuration, names and shapes of the weights), if so.
std::optional<std::string> model_problem(const std::filesystem::path& folder);

}  // namespace ootd
