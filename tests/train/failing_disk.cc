// A disk that fails, for a process that has this library in LD_PRELOAD: nothing in the program knows of it. Where
// OOTD_DISK_FOLDER is set, the calls that change what lies below that folder are counted, and from number OOTD_DISK_AT
// on (1 is the first)
//   OOTD_DISK_FAULT=kill   the process dies by SIGKILL before the call, or with half of the bytes written
//   OOTD_DISK_FAULT=full   calls that need room fail with ENOSPC, the first write after half of its bytes
// Nothing waits for the disk: a kill does not lose what the kernel has.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

std::atomic<int> seen = 0;

bool kills() { return std::string_view(std::getenv("OOTD_DISK_FAULT")) == "kill"; }

bool watched(const std::string& path) {
  const char* folder = std::getenv("OOTD_DISK_FOLDER");
  return folder != nullptr && path.starts_with(folder);
}

std::string path_of(int fd) {
  std::error_code none;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none).string();
}

bool fails(const std::string& path, bool needs_room) {
  if (!watched(path) || !(needs_room || kills())) return false;
  return ++seen >= std::atoi(std::getenv("OOTD_DISK_AT"));
}

int fail() {
  if (kills()) ::kill(::getpid(), SIGKILL);
  errno = ENOSPC;
  return -1;
}

template <class Call>
Call* real(const char* name) {
  return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto call = real<ssize_t(int, const void*, size_t)>("write");
  if (!fails(path_of(fd), true)) return call(fd, bytes, size);
  const bool first = seen == std::atoi(std::getenv("OOTD_DISK_AT"));
  if (!first || size < 2) return fail();
  const ssize_t put = call(fd, bytes, size / 2);
  return kills() ? fail() : put;
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto call = real<ssize_t(int, const iovec*, int)>("writev");
  return fails(path_of(fd), true) ? fail() : call(fd, parts, count);
}

int fsync(int fd) {
  static const auto call = real<int(int)>("fsync");
  const std::string path = path_of(fd);
  if (!watched(path)) return call(fd);
  return !kills() && fails(path, true) ? fail() : 0;
}

int rename(const char* from, const char* to) noexcept {
  static const auto call = real<int(const char*, const char*)>("rename");
  return fails(to, true) ? fail() : call(from, to);
}

int link(const char* from, const char* to) noexcept {
  static const auto call = real<int(const char*, const char*)>("link");
  return fails(to, true) ? fail() : call(from, to);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto call = real<int(const char*, mode_t)>("mkdir");
  return fails(path, true) ? fail() : call(path, mode);
}

int rmdir(const char* path) noexcept {
  static const auto call = real<int(const char*)>("rmdir");
  return fails(path, false) ? fail() : call(path);
}

int unlink(const char* path) noexcept {
  static const auto call = real<int(const char*)>("unlink");
  return fails(path, false) ? fail() : call(path);
}

int remove(const char* path) noexcept {
  static const auto call = real<int(const char*)>("remove");
  return fails(path, false) ? fail() : call(path);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  static const auto call = real<int(int, const char*, int)>("unlinkat");
  const std::string whole = path[0] == '/' || folder == AT_FDCWD ? path : path_of(folder) + "/" + path;
  return fails(whole, false) ? fail() : call(folder, path, flags);
}

}  // extern "C"
