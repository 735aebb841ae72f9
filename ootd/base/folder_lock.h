// A folder to work in, held by one process at a time. The lock is on the folder itself, so that a kill -9 frees it and
// nothing is left to clean up.
#pragma once

#include <filesystem>
#include <functional>

namespace ootd {

class FolderLock {
 public:
  // Makes the folder if need be. Waits while another process holds it; on_wait is called once before that, and may
  // throw to give up.
  FolderLock(const std::filesystem::path& folder, const std::function<void()>& on_wait);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace ootd
