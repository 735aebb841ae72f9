#include "ootd/base/io.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "ootd/base/error.h"

namespace ootd {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason(int error) { return std::generic_category().message(error); }

// Opens a regular file for reading. O_NONBLOCK: opening a named pipe must not hang; it is refused below.
int open_regular(const std::filesystem::path& path, std::size_t& size) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    throw Error(errno == ENOENT ? Kind::kNotFound : Kind::kInput, path.string() + ": cannot open: " + reason(errno));
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    throw Error(Kind::kInput, path.string() + ": not a regular file");
  }
  size = static_cast<std::size_t>(status.st_size);
  return fd;
}

template <class Buffer>
Buffer read_whole(const std::filesystem::path& path, std::size_t max_bytes) {
  std::size_t size = 0;
  const Descriptor file(open_regular(path, size));
  if (size > max_bytes)
    throw Error(Kind::kInput, path.string() + ": " + std::to_string(size) + " bytes, more than the limit of " +
                                  std::to_string(max_bytes));
  Buffer buffer(size, typename Buffer::value_type{});
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), buffer.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(Kind::kInput, path.string() + ": cannot read: " + reason(errno));
    if (got == 0) throw Error(Kind::kInput, path.string() + ": became shorter while it was read");
    done += static_cast<std::size_t>(got);
  }
  return buffer;
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  return read_whole<std::vector<std::byte>>(path, max_bytes);
}

std::string read_text(const std::filesystem::path& path, std::size_t max_bytes) {
  return read_whole<std::string>(path, max_bytes);
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)), temporary_(path_) {
  // Unique among the threads of this process and among processes.
  static std::atomic<unsigned> counter = 0;
  temporary_ += "." + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd_ < 0) fail(errno);
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void AtomicFile::commit(bool durable) {
  if (durable && ::fsync(fd_) != 0) fail(errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
  ::close(std::exchange(fd_, -1));
  if (durable) sync_folder(path_.parent_path());
}

void AtomicFile::fail(int error) const {
  throw Error(Kind::kUnavailable, path_.string() + ": cannot write: " + reason(error));
}

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes, bool durable) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit(durable);
}

void link_or_copy(const std::filesystem::path& source, const std::filesystem::path& target) {
  std::error_code cannot_link;
  std::filesystem::create_hard_link(std::filesystem::canonical(source), target, cannot_link);
  if (cannot_link) write_file_atomically(target, MappedFile(source).bytes());
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) ::fsync(opened.get());
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const Descriptor file(open_regular(path, size_));
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) throw Error(Kind::kUnavailable, path.string() + ": cannot map: " + reason(errno));
  begin_ = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (begin_ != nullptr) ::munmap(const_cast<std::byte*>(begin_), size_);
}

}  // namespace ootd
