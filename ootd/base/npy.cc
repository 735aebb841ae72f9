#include "ootd/base/npy.h"

#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(Kind::kInput, path.string() + ": " + what);
}

// The text between `key': ` and the next comma or bracket of the header's Python dictionary.
std::string_view value_after(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) return {};
  std::size_t begin = header.find(':', at);
  if (begin == std::string_view::npos) return {};
  begin = header.find_first_not_of(" :", begin);
  return begin == std::string_view::npos ? std::string_view() : header.substr(begin);
}

}  // namespace

FloatArray read_npy(const std::filesystem::path& path) {
  const std::vector<std::byte> file = read_file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.size() < 12 || !text.starts_with(kMagic)) fail(path, "not a .npy file");
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
  const bool long_header = byte(6) >= 2;
  const std::size_t prefix = long_header ? 12 : 10;
  std::size_t header_size = byte(8) | byte(9) << 8;
  if (long_header) header_size |= byte(10) << 16 | byte(11) << 24;
  if (header_size > text.size() - prefix) fail(path, "truncated .npy header");
  const std::string_view header = text.substr(prefix, header_size);
  if (!value_after(header, "'descr'").starts_with("'<f4'")) fail(path, "holds another type than <f4");
  if (!value_after(header, "'fortran_order'").starts_with("False")) fail(path, "is not in C order");

  std::string_view shape = value_after(header, "'shape'");
  const std::size_t close = shape.find(')');
  if (!shape.starts_with('(') || close == std::string_view::npos) fail(path, "has no shape");
  shape = shape.substr(1, close - 1);
  FloatArray array;
  std::size_t count = 1;
  std::int64_t number = -1;
  for (const char c : std::string(shape) + ",") {
    if (c >= '0' && c <= '9') {
      number = (number < 0 ? 0 : number) * 10 + (c - '0');
      if (number > std::numeric_limits<std::int32_t>::max()) fail(path, "has too large a shape");
    } else if (c == ',' && number >= 0) {
      array.shape.push_back(number);
      const auto side = static_cast<std::size_t>(number);
      if (side != 0 && count > text.size() / side) fail(path, "is shorter than its shape says");
      count *= side;
      number = -1;
    }
  }
  const std::size_t bytes = count * sizeof(float);
  if (text.size() - prefix - header_size < bytes) fail(path, "is shorter than its shape says");
  array.values.resize(count);
  if (bytes != 0) std::memcpy(array.values.data(), file.data() + prefix + header_size, bytes);
  return array;
}

void write_npy(const std::filesystem::path& path, const Matrix& matrix) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(matrix.rows()) + ", " +
                       std::to_string(matrix.cols()) + "), }";
  // The values start at a multiple of 64 bytes, as the format asks.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string text(kMagic);
  text += '\x01';
  text += '\x00';
  text += static_cast<char>(header.size() & 255);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  const std::size_t start = text.size();
  const std::size_t bytes = matrix.rows() * matrix.cols() * sizeof(float);
  text.resize(start + bytes);
  if (bytes != 0) std::memcpy(text.data() + start, matrix.values(), bytes);
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace ootd
