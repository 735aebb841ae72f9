// The outcome of `ootd simulate` as tables, made from its JSON.
#pragma once

#include <string>

#include "ootd/base/json.h"

namespace ootd {

// A table a kind of people, a row a policy, and under it what it has more than the first one.
std::string simulation_table(const Json& simulation);

}  // namespace ootd
