#include "ootd/base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "ootd/base/error.h"

namespace ootd {

FolderLock::FolderLock(const std::filesystem::path& folder, const std::function<void()>& on_wait) {
  const auto fail = [&] {
    throw Error(Kind::kUnavailable, folder.string() + ": cannot be used: " + std::generic_category().message(errno));
  };
  for (;;) {
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) fail();
    fd_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd_ < 0 && errno == ENOENT) continue;  // its owner has just finished and renamed it
    if (fd_ < 0) fail();
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      try {
        on_wait();
      } catch (...) {
        ::close(fd_);
        throw;
      }
      while (::flock(fd_, LOCK_EX) != 0)
        if (errno != EINTR) fail();
    }
    // What was waited for may have been renamed meanwhile: the lock counts only on the folder that has the name now.
    struct stat held = {}, named = {};
    if (::fstat(fd_, &held) == 0 && ::stat(folder.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
        held.st_ino == named.st_ino)
      return;
    ::close(fd_);
  }
}

FolderLock::~FolderLock() { ::close(fd_); }

}  // namespace ootd
