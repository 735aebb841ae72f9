// The parts of `ootd doctor`, one file each.
#pragma once

#include "ootd/cli/verbs.h"

namespace ootd {

void add_doctor_labels(CLI::App& verb, Globals& globals);

}  // namespace ootd
