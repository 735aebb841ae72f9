#include "ootd/base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

#include "ootd/base/error.h"

namespace ootd {

std::string gunzip(std::string_view bytes, std::size_t max_bytes) {
  const std::size_t step = std::min<std::size_t>(256 * 1024, max_bytes + 1);
  constexpr int kGzip = 16 + MAX_WBITS;
  z_stream stream = {};
  if (inflateInit2(&stream, kGzip) != Z_OK) throw Error(Kind::kUnavailable, "zlib lacks memory");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> closer(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t old_size = text.size();
    text.resize(old_size + step);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + old_size);
    stream.avail_out = static_cast<uInt>(step);
    status = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
    if (text.size() > max_bytes)
      throw Error(Kind::kInput, "gzip of more than " + std::to_string(max_bytes >> 20) + " MiB when unpacked");
    // Files that were joined are one (RFC 1952, 2.2).
    const std::string_view rest(reinterpret_cast<const char*>(stream.next_in), stream.avail_in);
    if (status == Z_STREAM_END && is_gzip(rest)) status = inflateReset(&stream);
  }
  if (status != Z_STREAM_END) throw Error(Kind::kInput, "damaged or truncated gzip");
  return text;
}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace ootd
