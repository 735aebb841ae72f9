// A run's curves as TensorBoard reads them (`tensorboard --logdir RUN`): a file of TFRecords, each a protobuf message
// "Event" of tensorflow/core/util/event.proto, of which we write scalars alone. docs/formats.md has the bytes.
// One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace ootd {

// CRC-32C (Castagnoli; RFC 3720, appendix B.4), and as TFRecords hold it: a CRC over bytes that hold CRCs is weak.
std::uint32_t crc32c(std::span<const std::byte> bytes);
std::uint32_t masked_crc32c(std::span<const std::byte> bytes);

struct Scalar {
  std::string_view tag;  // "val/map": TensorBoard groups by what stands before the slash
  double value = 0;      // kept as float32
};

class EventFile {
 public:
  // Starts folder/events.out.tfevents.TIME.HOST; never one that exists, so a resumed run has one file more, and
  // TensorBoard shows them as one curve, without what a killed run wrote from first_step on.
  // Throws Error(kUnavailable) if it cannot be written, as do the others.
  EventFile(const std::filesystem::path& folder, std::int64_t first_step);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // Reaches the disk by itself after some seconds.
  void add(std::int64_t step, std::initializer_list<Scalar> scalars);
  // Only whole records are written, so the file can be read after every flush, and after a kill.
  void flush();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  std::string pending_;
  std::chrono::steady_clock::time_point flushed_;
};

// The bytes of one record: length, its CRC, the event, its CRC. wall_time_s: seconds since 1970.
std::string scalar_record(double wall_time_s, std::int64_t step, std::initializer_list<Scalar> scalars);

}  // namespace ootd
