// The clock on the wall, for what is stored or signed, and what work costs; durations are measured with
// std::chrono::steady_clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace ootd {

// Unix time.
inline std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// Processor time that this thread has used, in seconds: what it did costs the same however busy the machine is.
inline double thread_seconds() {
  std::timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

}  // namespace ootd
