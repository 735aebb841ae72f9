#include "ootd/http/part_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) { return path += suffix; }

}  // namespace

PartFile::PartFile(std::filesystem::path dest, std::string url, bool keep)
    : dest_(std::move(dest)),
      part_(with_suffix(dest_, ".part")),
      note_(with_suffix(dest_, ".part.etag")),
      url_(std::move(url)) {
  fd_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd_ < 0) fail();
  struct stat status = {};
  if (::fstat(fd_, &status) != 0) fail();
  if (keep && status.st_size > 0 && std::filesystem::is_regular_file(note_)) {
    const std::string note = read_text(note_, 1 << 16);
    const auto line = note.find('\n');
    if (line != std::string::npos && note.ends_with('\n') && note.substr(0, line) == url_) {
      validator_ = note.substr(line + 1, note.size() - line - 2);
      size_ = static_cast<std::uint64_t>(status.st_size);
    }
  }
  if (validator_.empty()) restart("");
}

PartFile::~PartFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (size_ == 0) remove();
}

void PartFile::restart(const std::string& validator) {
  std::error_code ignored;
  std::filesystem::remove(note_, ignored);
  if (::ftruncate(fd_, 0) != 0) fail();
  size_ = 0;
  validator_ = validator;
  if (validator_.empty()) return;
  const std::string note = url_ + "\n" + validator_ + "\n";
  write_file_atomically(note_, std::as_bytes(std::span(note)), false);
}

void PartFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail();
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
  }
}

void PartFile::remove() {
  std::error_code ignored;
  std::filesystem::remove(note_, ignored);
  std::filesystem::remove(part_, ignored);
  size_ = 0;
}

void PartFile::commit() {
  if (::fsync(fd_) != 0 || ::rename(part_.c_str(), dest_.c_str()) != 0) fail();
  sync_folder(dest_.parent_path());
  std::error_code ignored;
  std::filesystem::remove(note_, ignored);
}

void PartFile::fail() const {
  throw Error(Kind::kUnavailable, part_.string() + ": cannot write: " + std::generic_category().message(errno));
}

}  // namespace ootd
