// Whole-file reading and crash-safe writing. Errors name the path and the system's reason.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ootd {

// Throws Error: kNotFound if there is no such file; kInput if it is no regular file, cannot be read or is larger than
// max_bytes (checked before a byte is read, so a huge file costs nothing).
std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t max_bytes = SIZE_MAX);
std::string read_text(const std::filesystem::path& path, std::size_t max_bytes = SIZE_MAX);

// Writes to a temporary name in the same folder and renames, so that readers see the old file or the whole new one.
// durable: also waits for the disk (file and folder), so that it survives a power cut.
// Throws Error(kUnavailable) (disk full, no permission); the temporary file is removed.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes, bool durable = true);

// The same for what is too large to be held in memory: written bit by bit, seen by readers after commit() only.
// Destroyed without commit() it leaves the old file as it was.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);  // throws as write_file_atomically, as do the others
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::span<const std::byte> bytes);  // unbuffered: best with 64 KiB or more at once
  void commit(bool durable = true);

 private:
  [[noreturn]] void fail(int error) const;

  const std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

// target becomes the file that source is: a hard link, or where the file system cannot link a copy (as
// write_file_atomically). A source that is a symbolic link is followed.
void link_or_copy(const std::filesystem::path& source, const std::filesystem::path& target);

// Waits until what was made, renamed or removed in this folder is on the disk ("": the current folder), as far as the
// file system can.
void sync_folder(const std::filesystem::path& folder);

// A read-only view of a file's bytes through mmap; pages are read as they are touched.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);  // throws as read_file
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {begin_, size_}; }

 private:
  const std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ootd
