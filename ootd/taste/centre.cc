#include "ootd/taste/centre.h"

#include "ootd/base/vector_math.h"

namespace ootd {

void centre(const IndexView& view, std::span<const float> vector, std::span<float> out) {
  for (std::size_t d = 0; d < out.size(); ++d) out[d] = vector[d] - view.mean()[d];
  normalize(out);
}

bool centre(const IndexView& view, LookKey look, std::span<float> out) {
  const auto vector = view.vector(look);
  if (vector.empty()) return false;
  centre(view, vector, out);
  return true;
}

}  // namespace ootd
