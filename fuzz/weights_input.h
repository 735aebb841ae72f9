// Bytes as a weights file, opened and read as the program does.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "ootd/base/error.h"
#include "ootd/models/weights.h"

namespace ootd::fuzz {

// Every weight of the file is converted, or the file is refused with kInput; anything else aborts.
inline void read_as_weights(const std::uint8_t* bytes, std::size_t size) {
  const int fd = ::memfd_create("weights", 0);
  if (fd < 0 || ::write(fd, bytes, size) != static_cast<ssize_t>(size)) std::abort();
  try {
    const Weights weights("/proc/self/fd/" + std::to_string(fd));
    for (const auto& [name, weight] : weights.all()) {
      try {
        if (weights.floats(name, weight.shape).size() != element_count(weight.shape)) std::abort();
      } catch (const Error& error) {  // integers
        if (error.kind() != Kind::kInput) std::abort();
      }
    }
    weights.check({});
  } catch (const Error& error) {
    if (error.kind() != Kind::kInput) std::abort();
  }
  ::close(fd);
}

}  // namespace ootd::fuzz
