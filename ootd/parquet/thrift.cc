#include "ootd/parquet/thrift.h"

#include "ootd/parquet/take.h"

namespace ootd {
namespace {

constexpr int kMaxDepth = 32;  // Parquet's own structs lie seven deep

bool is_boolean(ThriftType type) { return type == ThriftType::kTrue || type == ThriftType::kFalse; }

ThriftValue zigzag(ThriftType type, std::int64_t value) {
  return {type, varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63))};
}

}  // namespace

void ThriftReader::begin(bool has_type) {
  if (!has_type) throw_damaged("holds a field of an unknown type");
  type_ = ThriftType::kNone;
}

void ThriftReader::read_struct(const std::function<void(std::int64_t)>& field) {
  begin(type_ == ThriftType::kStruct);
  if (++depth_ > kMaxDepth) throw_damaged("is nested too deeply");
  std::int64_t id = 0;
  while (const auto head = take_number<std::uint8_t>(left_)) {
    id = head >> 4 != 0 ? id + (head >> 4) : take_zigzag(left_);
    type_ = static_cast<ThriftType>(head & 15);
    field(id);
    skip();
  }
  --depth_;
}

void ThriftReader::read_list(const std::function<void()>& element) {
  begin(type_ == ThriftType::kList);
  if (++depth_ > kMaxDepth) throw_damaged("is nested too deeply");
  const auto head = take_number<std::uint8_t>(left_);
  auto type = static_cast<ThriftType>(head & 15);
  if (is_boolean(type)) type = ThriftType::kByte;  // which is what a boolean is that no field's type tells
  // Each element takes a byte at least, so that a false size ends with the bytes.
  if (type == ThriftType::kNone) throw_damaged("holds a list of an unknown type");
  std::uint64_t left = head >> 4;
  if (left == 15) left = take_varint(left_);
  for (; left > 0; --left) {
    type_ = type;
    element();
    skip();
  }
  --depth_;
}

std::int64_t ThriftReader::integer() {
  const bool is_byte = type_ == ThriftType::kByte;
  begin(is_byte || type_ == ThriftType::kI16 || type_ == ThriftType::kI32 || type_ == ThriftType::kI64);
  return is_byte ? take_number<std::int8_t>(left_) : take_zigzag(left_);
}

bool ThriftReader::boolean() {
  const bool value = type_ == ThriftType::kTrue;
  begin(is_boolean(type_));
  return value;
}

std::string_view ThriftReader::text() {
  begin(type_ == ThriftType::kBinary);
  const std::uint64_t size = take_varint(left_);
  return take(left_, size);
}

void ThriftReader::skip() {
  if (type_ == ThriftType::kNone) return;
  if (type_ == ThriftType::kStruct) return read_struct([](std::int64_t) {});
  if (type_ == ThriftType::kList) return read_list([] {});
  if (type_ == ThriftType::kBinary) {
    text();
  } else if (is_boolean(type_)) {
    boolean();
  } else if (type_ == ThriftType::kDouble) {
    begin(true);
    take(left_, sizeof(double));
  } else {
    integer();
  }
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

ThriftValue thrift_i32(std::int64_t value) { return zigzag(ThriftType::kI32, value); }

ThriftValue thrift_i64(std::int64_t value) { return zigzag(ThriftType::kI64, value); }

ThriftValue thrift_text(std::string_view value) {
  return {ThriftType::kBinary, varint(value.size()) + std::string(value)};
}

ThriftValue thrift_list(const std::vector<ThriftValue>& elements) {
  const auto type = static_cast<int>(elements.empty() ? ThriftType::kStruct : elements.front().type);
  std::string bytes = static_cast<char>(0xf0 | type) + varint(elements.size());
  for (const ThriftValue& element : elements) bytes += element.bytes;
  return {ThriftType::kList, std::move(bytes)};
}

ThriftValue thrift_struct(const std::vector<std::pair<int, ThriftValue>>& fields) {
  std::string bytes;
  int last = 0;
  for (const auto& [id, value] : fields) {
    bytes += static_cast<char>((id - last) << 4 | static_cast<int>(value.type)) + value.bytes;
    last = id;
  }
  return {ThriftType::kStruct, bytes + '\0'};
}

}  // namespace ootd
