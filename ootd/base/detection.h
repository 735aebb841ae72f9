// A box with a score, as a detection network gives it: before classes are mapped to garments.
#pragma once

#include "ootd/base/box.h"

namespace ootd {

struct Detection {
  int label = 0;    // which of the detector's classes
  float score = 0;  // 0 .. 1
  Box box;
};

}  // namespace ootd
