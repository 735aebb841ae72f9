// Where a model comes from, as typed: a name of named_models.h, hf:owner/name[@revision], or file:DIR.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ootd/hub/named_models.h"

namespace ootd {

struct Source {
  enum class Kind { kHub, kTorchvision, kFolder };
  Kind kind = Kind::kHub;
  std::string address;                // owner/name; the file's name; the folder
  std::string revision;               // kHub: branch, tag or commit
  std::string name;                   // of the folder that the model gets unless another is wished
  const NamedModel* named = nullptr;  // its row, if it was given by name

  // "hf:owner/name": the address without the revision
  std::string text() const;
};

// Throws Error: kNotFound, listing the names, if it is none of the three; kInput for an address that is not well
// formed.
Source parse_source(const std::string& text);

// Why a file path given by a server (with '/') must not be used inside a folder: it leads out of it, or names a device.
std::optional<std::string> path_problem(std::string_view path);

}  // namespace ootd
