#include "ootd/taste/garment_views.h"

#include "ootd/base/vector_math.h"

namespace ootd {

std::vector<float> centred_garment(const IndexView& category, std::span<const float> vector) {
  std::vector<float> centred(vector.begin(), vector.end());
  for (std::size_t d = 0; d < centred.size(); ++d) centred[d] -= category.mean()[d];
  normalize(centred);
  return centred;
}

std::vector<float> centred_garment(const IndexView& category, LookKey look) {
  return centred_garment(category, category.vector(look));
}

}  // namespace ootd
