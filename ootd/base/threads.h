// How many threads a setting stands for.
#pragma once

#include <algorithm>
#include <thread>

namespace ootd {

// wanted <= 0: all cores; at least one where the system does not tell.
inline int thread_count(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace ootd
