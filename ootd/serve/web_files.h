// The files of web/, put into the program by embed_web.cmake when it is built, so that it runs from anywhere.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ootd {

struct WebFile {
  std::string_view name;  // "app.js"
  std::string_view content_type;
  std::span<const std::byte> bytes;
};

std::span<const WebFile> web_files();

}  // namespace ootd
