#include "ootd/train/event_file.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <climits>
#include <system_error>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr std::size_t kFlushBytes = 1 << 20;
constexpr std::chrono::seconds kFlushAfter{5};

// Field numbers of event.proto and summary.proto.
enum Field { kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7 };
enum SummaryField { kValue = 1, kTag = 1, kSimpleValue = 2 };
enum SessionField { kStatus = 1, kStart = 1 };

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
    table[i] = crc;
  }
  return table;
}

template <class Number>
void put_little_endian(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) out += static_cast<char>(number >> (8 * i));
}

void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
void put_key(std::string& out, int field, WireType type) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3 | type);
}
void put_bytes(std::string& out, int field, std::string_view bytes) {
  put_key(out, field, kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// What every event begins with. Like protobuf itself, a step of 0 is left out.
std::string event_head(double wall_time_s, std::int64_t step) {
  std::string event;
  put_key(event, kWallTime, kFixed64);
  put_little_endian(event, std::bit_cast<std::uint64_t>(wall_time_s));
  if (step != 0) {
    put_key(event, kStep, kVarint);
    put_varint(event, static_cast<std::uint64_t>(step));
  }
  return event;
}

std::string record_of(const std::string& event) {
  std::string record;
  put_little_endian(record, std::uint64_t{event.size()});
  put_little_endian(record, masked_crc32c(std::as_bytes(std::span(record))));
  record += event;
  put_little_endian(record, masked_crc32c(std::as_bytes(std::span(event))));
  return record;
}

double now_s() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::filesystem::path unused_name(const std::filesystem::path& folder) {
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') host = {"localhost"};
  const std::string name =
      "events.out.tfevents." + std::to_string(static_cast<std::int64_t>(now_s())) + "." + host.data();
  std::filesystem::path path = folder / name;
  for (int i = 1; std::filesystem::exists(path); ++i) path = folder / (name + "." + std::to_string(i));
  return path;
}

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t crc = ~0u;
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xFF];
  return ~crc;
}

std::uint32_t masked_crc32c(std::span<const std::byte> bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8u;  // tensorflow/core/lib/hash/crc32c.h
}

std::string scalar_record(double wall_time_s, std::int64_t step, std::initializer_list<Scalar> scalars) {
  std::string summary;
  for (const Scalar& scalar : scalars) {
    std::string value;
    put_bytes(value, kTag, scalar.tag);
    put_key(value, kSimpleValue, kFixed32);
    put_little_endian(value, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
    put_bytes(summary, kValue, value);
  }
  std::string event = event_head(wall_time_s, step);
  put_bytes(event, kSummary, summary);
  return record_of(event);
}

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t first_step)
    : path_(unused_name(folder)), file_(path_, std::ios::binary) {
  std::string version = event_head(now_s(), 0);
  put_bytes(version, kFileVersion, "brain.Event:2");
  std::string session, start = event_head(now_s(), first_step);
  put_key(session, kStatus, kVarint);
  put_varint(session, kStart);
  put_bytes(start, kSessionLog, session);
  pending_ = record_of(version) + record_of(start);
  flush();
}

EventFile::~EventFile() {
  file_.write(pending_.data(), static_cast<std::streamsize>(pending_.size()));  // a destructor reports nothing
}

void EventFile::add(std::int64_t step, std::initializer_list<Scalar> scalars) {
  pending_ += scalar_record(now_s(), step, scalars);
  if (pending_.size() > kFlushBytes || std::chrono::steady_clock::now() - flushed_ > kFlushAfter) flush();
}

void EventFile::flush() {
  file_.write(pending_.data(), static_cast<std::streamsize>(pending_.size()));
  file_.flush();
  if (!file_)
    throw Error(Kind::kUnavailable, path_.string() + ": cannot write: " + std::generic_category().message(errno));
  pending_.clear();
  flushed_ = std::chrono::steady_clock::now();
}

}  // namespace ootd
