// The growing file of a download: dest.part, and beside it dest.part.etag, which says of which version of which URL its
// bytes are. They are written in an order in which a kill -9 at any moment leaves either a pair that fits, or a .part
// that nothing vouches for and that is started anew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace ootd {

class PartFile {
 public:
  // keep: goes on with what an earlier one left for this URL.
  PartFile(std::filesystem::path dest, std::string url, bool keep);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  std::uint64_t size() const { return size_; }
  // ETag or date of the version that the bytes are of; empty: they can not be continued.
  const std::string& validator() const { return validator_; }
  const std::filesystem::path& path() const { return part_; }

  void restart(const std::string& validator);  // empty again, of this version
  void append(std::span<const std::byte> bytes);
  void remove();  // both files
  void commit();  // waits for the disk, then takes the final name

 private:
  [[noreturn]] void fail() const;

  const std::filesystem::path dest_, part_, note_;
  const std::string url_;
  std::string validator_;
  std::uint64_t size_ = 0;
  int fd_ = -1;
};

}  // namespace ootd
