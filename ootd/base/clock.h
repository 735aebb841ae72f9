// The clock on the wall, for what is stored or signed; durations are measured with std::chrono::steady_clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace ootd {

// Unix time.
inline std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace ootd
