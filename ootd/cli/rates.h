// Rates with their intervals, as `ootd replay` and `ootd ab report` print them.
#pragma once

#include <cstdio>
#include <string>

#include "ootd/base/json.h"
#include "ootd/eval/bootstrap.h"

namespace ootd {

// NAME and NAME_ci.
inline void add_rate(Json& json, const std::string& name, double value, const Interval& interval) {
  json[name] = value;
  json[name + "_ci"] = {interval.low, interval.high};
}

// " 0.596 [ 0.571,  0.622]"
inline std::string rate_text(double value, const Interval& interval) {
  char text[64];
  std::snprintf(text, sizeof text, "%6.3f [%6.3f, %6.3f]", value, interval.low, interval.high);
  return text;
}

}  // namespace ootd
