// What the folders of encoders and detectors share: ids made from content, and folders that are there wholly or not at
// all.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ootd {

// Every file that these weights are stored in: the file itself, the shards of an index, what an ONNX graph refers to.
std::vector<std::filesystem::path> stored_parts(const std::filesystem::path& weights);

// First 8 hex digits of a SHA-256 over the hashes of the configuration and of each file.
std::string hash_prefix(const std::string& config_text, std::span<const std::filesystem::path> files);

// Lets `write` fill a new folder under parent, which then gets the name that it returned. The name is made from the
// content: a folder that has it already holds these files, and stays. It is on the disk when this
// returns its path, as far as `write` saw to its files. Throws Error(kUnavailable) if nothing can be written there, and
// what `write` throws; then nothing is left.
std::filesystem::path write_folder(const std::filesystem::path& parent,
                                   const std::function<std::string(const std::filesystem::path& folder)>& write);

}  // namespace ootd
