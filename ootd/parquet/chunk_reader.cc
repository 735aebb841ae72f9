#include "ootd/parquet/chunk_reader.h"

#include <algorithm>
#include <utility>

#include "ootd/base/gzip.h"
#include "ootd/parquet/codec.h"
#include "ootd/parquet/take.h"

namespace ootd {
namespace {

// Writers cut pages at some MiB. A small file must not unpack to more than the machine has; in a dictionary each text
// of four bytes takes sixteen more, so that it is 1 GiB at most.
constexpr std::int64_t kMaxPageBytes = 64 << 20;
constexpr std::size_t kMaxHeldBytes = 192 << 20;

std::string_view pages_of(std::string_view file, const ChunkPlace& place) {
  std::int64_t begin = place.data_offset;
  if (place.dictionary_offset > 0) begin = std::min(begin, place.dictionary_offset);
  const auto size = static_cast<std::int64_t>(file.size());
  if (place.elsewhere) throw_unread("lies in another file; write it as one file");
  if (begin < 0 || begin > size || place.bytes < 0 || place.bytes > size - begin)
    throw_damaged("lies beyond the end of the file");
  return file.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(place.bytes));
}

}  // namespace

ChunkReader::ChunkReader(std::string_view file, const ColumnSchema& column, const ChunkPlace& place, std::int64_t rows,
                         std::size_t& held)
    : column_(column), codec_(place.codec), held_(held), left_(pages_of(file, place)), rows_left_(rows) {
  if (place.values != rows) throw_damaged("has another number of values than of rows");
}

std::optional<std::string_view> ChunkReader::next() {
  while (page_left_ == 0) begin_page();
  if (!is_unpacked_) unpack_page();
  --page_left_;
  if (levels_ && levels_->next() == 0) return std::nullopt;
  // Not before there is a value: a page of nulls may have no bytes at all.
  if (!values_)
    values_ = page_values(page_.encoding, column_, values_at_, static_cast<std::uint64_t>(page_.values), dictionary_);
  return values_();
}

void ChunkReader::skip(std::int64_t rows) {
  while (rows > 0) {
    while (page_left_ == 0) begin_page();
    if (!is_unpacked_ && page_left_ <= rows) {
      rows -= std::exchange(page_left_, 0);
    } else {
      next();
      --rows;
    }
  }
}

void ChunkReader::begin_page() {
  page_ = take_page_header(left_);
  if (page_.bytes < 0 || page_.bytes > kMaxPageBytes || page_.packed_bytes < 0)
    throw_damaged("has a page of impossible size (more than " + std::to_string(kMaxPageBytes >> 20) + " MiB?)");
  packed_ = take(left_, static_cast<std::uint64_t>(page_.packed_bytes));
  if (page_.kind == PageKind::kDictionary) read_dictionary();
  if (page_.kind != PageKind::kData && page_.kind != PageKind::kDataV2) return;
  if (page_.values < 0 || page_.values > rows_left_) throw_damaged("has a page of more values than rows are left");
  page_left_ = page_.values;
  rows_left_ -= page_.values;
  is_unpacked_ = false;
}

std::string_view ChunkReader::unpacked(std::string_view packed, std::int64_t size, std::string& buffer) {
  if (page_.crc32 >= 0 && page_.crc32 != crc32_of(packed_)) throw_damaged("has a page whose checksum is wrong");
  if (codec_ == Codec::kUncompressed || !page_.is_packed) return packed;
  held_ -= buffer.size();
  buffer.clear();
  if (size < 0 || static_cast<std::size_t>(size) > kMaxHeldBytes - held_)
    throw_unread("needs too much memory; write it in smaller pages");
  buffer = unpack(codec_, packed, static_cast<std::size_t>(size));
  held_ += buffer.size();
  return buffer;
}

void ChunkReader::read_dictionary() {
  if (!dictionary_.empty()) throw_damaged("has two dictionaries");
  if (page_.encoding != Encoding::kPlain && page_.encoding != Encoding::kPlainDictionary)
    throw_unread("has a dictionary in an encoding that is not read");
  dictionary_ = dictionary_values(column_, unpacked(packed_, page_.bytes, dictionary_bytes_),
                                  static_cast<std::uint64_t>(std::max<std::int64_t>(page_.values, 0)));
}

void ChunkReader::unpack_page() {
  values_ = nullptr;
  levels_.reset();
  if (page_.kind == PageKind::kDataV2) {
    std::string_view rest = packed_;
    const std::string_view repetition = take(rest, static_cast<std::uint64_t>(page_.repetition_bytes));
    const std::string_view definition = take(rest, static_cast<std::uint64_t>(page_.definition_bytes));
    if (column_.optional) levels_.emplace(definition, 1);
    const auto levels_bytes = static_cast<std::int64_t>(repetition.size() + definition.size());
    values_at_ = unpacked(rest, page_.bytes - levels_bytes, page_bytes_);
  } else {
    values_at_ = unpacked(packed_, page_.bytes, page_bytes_);
    if (column_.optional) {
      if (page_.levels_encoding != Encoding::kRle) throw_unread("has levels in an encoding that is not read");
      const auto size = take_number<std::uint32_t>(values_at_);
      levels_.emplace(take(values_at_, size), 1);
    }
  }
  is_unpacked_ = true;
}

}  // namespace ootd
