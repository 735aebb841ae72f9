// `ootd doctor`: whether the machine, the engine, the workspace and its model are as they must be.
#pragma once

#include <string>
#include <vector>

#include "ootd/workspace/place.h"

namespace ootd {

struct Check {
  std::string name;
  bool ok = true;
  std::string detail;  // what was found, or what is wrong
};

// All of them, in their order: one that fails does not hide the next. There need be no workspace yet.
// Cost: some seconds, most of them for measuring each precision's speed, which is stored for later runs.
std::vector<Check> check_all(const WorkspacePlace& place);

}  // namespace ootd
