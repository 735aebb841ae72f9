// Inside this folder: Thrift's compact protocol (apache/thrift, doc/specs/thrift-compact-protocol.md), as much of it as
// the footers and page headers of Parquet need: no sets, maps and UUIDs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ootd {

// As the protocol numbers them. kNone ends a struct.
enum class ThriftType { kNone, kTrue, kFalse, kByte, kI16, kI32, kI64, kDouble, kBinary, kList, kStruct = 12 };

// Gives one value after the other and believes no size. Throws Error(kInput) where the bytes end too early or hold
// another type than the one asked for.
class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : left_(bytes) {}  // which begin with a struct
  std::string_view left() const { return left_; }

  // Calls field(id) for each field of the struct, which takes the value by one of these functions or leaves it.
  void read_struct(const std::function<void(std::int64_t id)>& field);
  void read_list(const std::function<void()>& element);
  std::int64_t integer();
  bool boolean();
  std::string_view text();

 private:
  void begin(bool has_type);
  void skip();

  std::string_view left_;
  ThriftType type_ = ThriftType::kStruct;  // of the value that comes next; kNone: it was taken
  int depth_ = 0;
};

// Values as they are written.
struct ThriftValue {
  ThriftType type;
  std::string bytes;
};
ThriftValue thrift_i32(std::int64_t value);
ThriftValue thrift_i64(std::int64_t value);
ThriftValue thrift_text(std::string_view value);
ThriftValue thrift_list(const std::vector<ThriftValue>& elements);                  // of one type; none: of structs
ThriftValue thrift_struct(const std::vector<std::pair<int, ThriftValue>>& fields);  // ids rise, by 15 at most
std::string varint(std::uint64_t value);

}  // namespace ootd
