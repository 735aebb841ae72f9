// Tar archives through libarchive, whose only home this is: shards of photos, read and written from front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ootd {

// Reads tar files, packed by gzip, bzip2, xz or zstd too, whatever their names.
// Threads: one at a time. Errors: Error(kInput) that begins with the file, for what is no tar or is damaged; kNotFound.
class TarReader {
 public:
  explicit TarReader(const std::filesystem::path& path);
  ~TarReader();

  struct Entry {
    std::string name;  // as the archive has it: never a path to write to
    std::uint64_t bytes = 0;
  };
  // The next regular file.
  std::optional<Entry> next();
  // Of the entry that next() gave, once; at most `most` bytes, of a larger one the first. Others are skipped unread.
  std::vector<std::byte> read(std::size_t most);

 private:
  struct Archive;
  const std::filesystem::path path_;
  std::unique_ptr<Archive> archive_;
};

// Writes ustar without owners and times: the same files give the same bytes. Readers see it after commit() only
// (AtomicFile). Throws Error(kUnavailable).
class TarWriter {
 public:
  explicit TarWriter(const std::filesystem::path& path);
  ~TarWriter();
  void add(const std::string& name, std::span<const std::byte> bytes);
  void commit();
  std::uint64_t size() const;  // bytes written so far

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

}  // namespace ootd
