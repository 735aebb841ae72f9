// Which vector file an extension means. Private to vector_files.
#pragma once

#include <filesystem>

#include "ootd/base/error.h"

namespace ootd {

enum class VectorFormat { kNpy, kJsonLines, kJson };

inline VectorFormat vector_format_of(const std::filesystem::path& file) {
  const auto extension = file.extension();
  if (extension == ".npy") return VectorFormat::kNpy;
  if (extension == ".jsonl") return VectorFormat::kJsonLines;
  if (extension == ".json") return VectorFormat::kJson;
  throw Error(Kind::kInput, file.string() + ": the extension says the format of vectors, and this is none of " +
                                ".npy, .jsonl and .json");
}

// Where the ids of a .npy file are, one a line.
inline std::filesystem::path ids_file_of(std::filesystem::path npy) { return npy.replace_extension(".ids.txt"); }

}  // namespace ootd
