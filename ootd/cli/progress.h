// Progress on stderr: on a terminal one line that is drawn over, with rate and time left; elsewhere a plain line now
// and then. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ootd {

class Progress {
 public:
  // already: how many were done before, by a part of the work that had a line of its own; the rate leaves them out.
  explicit Progress(std::string what, std::string unit = "images", std::int64_t already = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // total = 0: not known yet.
  void update(std::int64_t done, std::int64_t total);
  double seconds() const;

 private:
  void draw(std::int64_t done, std::int64_t total);

  const std::string what_, unit_;
  const std::int64_t already_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  std::int64_t done_ = 0, total_ = 0;
  bool any_ = false;
};

}  // namespace ootd
