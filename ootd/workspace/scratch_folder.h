// A folder for the time of a call.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "ootd/base/error.h"

namespace ootd {

class ScratchFolder {
 public:
  // `parent`/`name`-XXXXXX. Throws Error(kUnavailable).
  ScratchFolder(const std::filesystem::path& parent, const std::string& name) {
    std::string pattern = (parent / (name + "-XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) throw Error(Kind::kUnavailable, pattern + ": cannot make this folder");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace ootd
