// The place of a vector in a store: 0, 1, 2 ... This folder counts in slots; keys are for its border.
#pragma once

#include <cstdint>

namespace ootd {

using Slot = std::uint32_t;

struct SlotHit {
  Slot slot = 0;
  float score = 0;
};

}  // namespace ootd
