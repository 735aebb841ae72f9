#include "ootd/catalog/vectors.h"

namespace ootd {

std::string to_string(const Generation& generation) {
  return generation.model + (generation.crops.empty() ? "" : ", crops " + generation.crops);
}

}  // namespace ootd
