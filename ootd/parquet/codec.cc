#include "ootd/parquet/codec.h"

#include <snappy.h>
#include <zstd.h>

#include "ootd/base/gzip.h"
#include "ootd/parquet/take.h"

namespace ootd {
namespace {

std::string unsnap(std::string_view packed, std::size_t size) {
  std::size_t said = 0;
  // Three bytes give at most 64 (snappy, format_description.txt, 2.2.2): checked before the memory is asked for.
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &said) || said != size || size / 64 > packed.size())
    return {};
  std::string bytes(size, '\0');
  if (!snappy::RawUncompress(packed.data(), packed.size(), bytes.data())) bytes.clear();
  return bytes;
}

std::string unzstd(std::string_view packed, std::size_t size) {
  // Not said, where it was written as a stream.
  const auto said = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (said == ZSTD_CONTENTSIZE_ERROR || (said != ZSTD_CONTENTSIZE_UNKNOWN && said > size)) return {};
  std::string bytes(size, '\0');
  const std::size_t got = ZSTD_decompress(bytes.data(), size, packed.data(), packed.size());
  bytes.resize(ZSTD_isError(got) ? 0 : got);
  return bytes;
}

std::string unpack_any(Codec codec, std::string_view packed, std::size_t size) {
  switch (codec) {
    case Codec::kUncompressed:
      return std::string(packed);
    case Codec::kSnappy:
      return unsnap(packed, size);
    case Codec::kGzip:
      return gunzip(packed, size);
    case Codec::kZstd:
      return unzstd(packed, size);
  }
  throw_unread("is packed by codec " + std::to_string(static_cast<int>(codec)) +
               ", which is not read; pack it by snappy, gzip or zstd");
}

}  // namespace

std::string unpack(Codec codec, std::string_view packed, std::size_t size) {
  if (size == 0) return {};  // some write nothing at all, some an empty frame
  std::string bytes = unpack_any(codec, packed, size);
  if (bytes.size() != size) throw_damaged("can not be unpacked");
  return bytes;
}

std::string pack_zstd(std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size)) throw Error(Kind::kUnavailable, std::string("zstd: ") + ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

}  // namespace ootd
