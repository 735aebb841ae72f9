// Brings a model into models/NAME/. The folder appears whole and verified, or not at all: it is built in
// models/.pull-NAME/, where an interrupted pull goes on file by file and byte by byte, and renamed at the end.
// Processes: two pulls of one name take turns; the second finds the work done.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "ootd/hub/manifest.h"
#include "ootd/hub/settings.h"
#include "ootd/hub/source.h"

namespace ootd {

// What happens meanwhile, for people.
struct PullEvents {
  std::function<void(const std::string& file, std::uint64_t done, std::uint64_t total)> on_bytes;
  std::function<void(const std::string& note)> on_note;
};

struct PullResult {
  std::filesystem::path folder;
  Manifest manifest;
  bool already = false;                // it was there; nothing was fetched
  std::optional<std::string> problem;  // why this program cannot run it, if so: the files are what the source has
};

// as: another name for the folder, or empty. Throws Error:
//   kNotFound     no such model, repository or revision
//   kInput        a source that is not well formed or holds no model; a folder of that name from elsewhere
//   kUnavailable  network, disk, wrong bytes, no access; offline: says what is missing and where to put it by hand
PullResult pull_model(const Source& source, const std::string& as, const std::filesystem::path& models,
                      const HubSettings& settings, const PullEvents& events = {});

}  // namespace ootd
