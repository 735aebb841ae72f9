#include "ootd/parquet/encodings.h"

#include <algorithm>
#include <string>

#include "ootd/parquet/take.h"

namespace ootd {
namespace {

// `width` bits from bit `at` on, the lowest first; 0 to 64.
std::uint64_t bits_at(std::string_view bytes, std::uint64_t at, int width) {
  if (at + static_cast<unsigned>(width) > 8 * std::uint64_t{bytes.size()}) throw_damaged("ends too early");
  std::uint64_t value = 0;
  for (int got = 0; got < width;) {
    const int skipped = static_cast<int>(at % 8), used = std::min(8 - skipped, width - got);
    const unsigned bits = static_cast<std::uint8_t>(bytes[at / 8]) >> skipped & ((1u << used) - 1);
    value |= std::uint64_t{bits} << got;
    got += used;
    at += static_cast<unsigned>(used);
  }
  return value;
}

// "Delta Encoding (DELTA_BINARY_PACKED = 5)". Sums wrap.
class DeltaNumbers {
 public:
  DeltaNumbers(std::string_view bytes, std::uint64_t most) : bytes_(bytes) {
    const std::uint64_t block = take_varint(bytes_);
    miniblocks_ = take_varint(bytes_);
    left_ = take_varint(bytes_);
    value_ = static_cast<std::uint64_t>(take_zigzag(bytes_));
    if (miniblocks_ == 0 || block > UINT32_MAX || block % miniblocks_ != 0 || block / miniblocks_ % 8 != 0 ||
        block == 0 || left_ > most)
      throw_damaged("has impossible delta blocks");
    in_miniblock_ = block / miniblocks_;
  }
  std::uint64_t left() const { return left_; }
  std::string_view bytes() const { return bytes_; }  // after the last number, if none is left

  std::int64_t next() {
    if (left_ == 0) throw_damaged("has fewer values than it says");
    if (!is_first_) {
      if (at_ == 0) begin_miniblock();
      value_ += lowest_ + bits_at(miniblock_, at_ * width_, static_cast<int>(width_));
      at_ = (at_ + 1) % in_miniblock_;
    }
    is_first_ = false;
    --left_;
    return static_cast<std::int64_t>(value_);
  }

 private:
  void begin_miniblock() {
    if (widths_.empty()) {
      lowest_ = static_cast<std::uint64_t>(take_zigzag(bytes_));
      widths_ = take(bytes_, miniblocks_);
    }
    width_ = take_number<std::uint8_t>(widths_);
    if (width_ > 64) throw_damaged("has impossible delta blocks");
    miniblock_ = take(bytes_, in_miniblock_ / 8 * width_);
  }

  std::string_view bytes_;
  std::uint64_t miniblocks_ = 0, in_miniblock_ = 0, left_ = 0;
  std::uint64_t value_ = 0, lowest_ = 0;
  bool is_first_ = true;
  std::string_view widths_, miniblock_;  // the block's further miniblocks; this one
  std::uint64_t width_ = 0, at_ = 0;     // of this miniblock; in it
};

std::string_view after(DeltaNumbers numbers) {
  while (numbers.left() > 0) numbers.next();
  return numbers.bytes();
}

NextValue plain_values(const ColumnSchema& column, std::string_view bytes) {
  if (column.type == PhysicalType::kBoolean)
    return [bytes, at = std::uint64_t{0}, value = '\0']() mutable {
      value = static_cast<char>(bits_at(bytes, at++, 1));
      return std::string_view(&value, 1);
    };
  return [bytes, width = column.width]() mutable {
    const std::uint64_t size = width > 0 ? width : take_number<std::uint32_t>(bytes);
    return take(bytes, size);
  };
}

NextValue rle_booleans(std::string_view bytes) {
  const auto size = take_number<std::uint32_t>(bytes);
  return [numbers = RleNumbers(take(bytes, size), 1), value = '\0']() mutable {
    value = static_cast<char>(numbers.next());
    return std::string_view(&value, 1);
  };
}

// "Dictionary Encoding (PLAIN_DICTIONARY = 2 and RLE_DICTIONARY = 8)".
NextValue of_dictionary(std::string_view bytes, const std::vector<std::string_view>& dictionary) {
  const int width = take_number<std::uint8_t>(bytes);
  return [numbers = RleNumbers(bytes, width), &dictionary]() mutable {
    const std::uint32_t number = numbers.next();
    if (number >= dictionary.size()) throw_damaged("names a value that its dictionary lacks");
    return dictionary[number];
  };
}

NextValue delta_integers(std::string_view bytes, std::uint64_t width, std::uint64_t count) {
  return [numbers = DeltaNumbers(bytes, count), width, value = std::int64_t{0}]() mutable {
    value = numbers.next();
    return std::string_view(reinterpret_cast<const char*>(&value), width);
  };
}

// "Delta-length byte array (DELTA_LENGTH_BYTE_ARRAY = 6)". The lengths stand before the texts, so that their end must
// be found first.
NextValue delta_length_texts(std::string_view bytes, std::uint64_t count) {
  DeltaNumbers lengths(bytes, count);
  return [lengths, texts = after(lengths)]() mutable {
    const auto size = static_cast<std::uint64_t>(lengths.next());
    return take(texts, size);
  };
}

// "Delta Strings (DELTA_BYTE_ARRAY = 7)": a value begins as the one before it.
NextValue delta_texts(std::string_view bytes, std::uint64_t count) {
  DeltaNumbers lengths(bytes, count);
  return [lengths, rest = delta_length_texts(after(lengths), count), value = std::string()]() mutable {
    const auto kept = static_cast<std::uint64_t>(lengths.next());
    if (kept > value.size()) throw_damaged("has a value that begins like more than the one before it");
    value.resize(kept);
    value += rest();
    return std::string_view(value);
  };
}

// "Byte Stream Split (BYTE_STREAM_SPLIT = 9)": the first bytes of all values, then the second ones, and so on.
NextValue split_bytes(std::string_view bytes, std::uint64_t width) {
  return [bytes, count = bytes.size() / width, at = std::size_t{0}, value = std::string(width, '\0')]() mutable {
    if (at >= count) throw_damaged("ends too early");
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = bytes[i * count + at];
    ++at;
    return std::string_view(value);
  };
}

}  // namespace

RleNumbers::RleNumbers(std::string_view bytes, int width) : bytes_(bytes), width_(width) {
  if (width < 0 || width > 32) throw_damaged("has numbers of an impossible width");
}

std::uint32_t RleNumbers::next() {
  while (run_left_ == 0) begin_run();
  --run_left_;
  if (!is_packed_) return repeated_;
  const auto number = static_cast<std::uint32_t>(bits_at(packed_, bit_, width_));
  bit_ += static_cast<unsigned>(width_);
  return number;
}

void RleNumbers::begin_run() {
  const std::uint64_t head = take_varint(bytes_);
  is_packed_ = head & 1;
  run_left_ = head >> 1;
  if (run_left_ > UINT32_MAX) throw_damaged("has a run of impossible length");
  const auto width = static_cast<unsigned>(width_);
  if (is_packed_) {
    // Some writers leave out what pads the last group of eight.
    packed_ = take(bytes_, std::min<std::uint64_t>(run_left_ * width, bytes_.size()));
    run_left_ *= 8;
    bit_ = 0;
  } else {
    repeated_ = 0;
    const std::string_view value = take(bytes_, (width + 7) / 8);
    std::memcpy(&repeated_, value.data(), value.size());
  }
}

NextValue page_values(Encoding encoding, const ColumnSchema& column, std::string_view bytes, std::uint64_t count,
                      const std::vector<std::string_view>& dictionary) {
  const auto is = [&](PhysicalType a, PhysicalType b) { return column.type == a || column.type == b; };
  switch (encoding) {
    case Encoding::kPlain:
      return plain_values(column, bytes);
    case Encoding::kPlainDictionary:
    case Encoding::kRleDictionary:
      return of_dictionary(bytes, dictionary);
    case Encoding::kRle:
      if (column.type == PhysicalType::kBoolean) return rle_booleans(bytes);
      break;
    case Encoding::kDeltaBinaryPacked:
      if (is(PhysicalType::kInt32, PhysicalType::kInt64)) return delta_integers(bytes, column.width, count);
      break;
    case Encoding::kDeltaLengthByteArray:
      if (column.type == PhysicalType::kByteArray) return delta_length_texts(bytes, count);
      break;
    case Encoding::kDeltaByteArray:
      if (is(PhysicalType::kByteArray, PhysicalType::kFixedLenByteArray)) return delta_texts(bytes, count);
      break;
    case Encoding::kByteStreamSplit:
      if (column.width > 0 && column.width <= bytes.size()) return split_bytes(bytes, column.width);
      break;
  }
  throw_unread("has values in encoding " + std::to_string(static_cast<int>(encoding)) +
               ", which is not read for this type");
}

std::vector<std::string_view> dictionary_values(const ColumnSchema& column, std::string_view bytes,
                                                std::uint64_t count) {
  if (column.type == PhysicalType::kBoolean) throw_damaged("has a dictionary of booleans");
  const NextValue next = plain_values(column, bytes);
  std::vector<std::string_view> values;
  values.reserve(std::min<std::uint64_t>(count, bytes.size() / std::max<std::uint64_t>(column.width, 4)));
  while (values.size() < count) values.push_back(next());
  return values;
}

}  // namespace ootd
