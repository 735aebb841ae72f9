#include "ootd/taste/garment_views.h"

#include "ootd/taste/centre.h"

namespace ootd {

std::vector<float> centred_garment(const IndexView& category, std::span<const float> vector) {
  std::vector<float> centred(vector.size());
  centre(category, vector, centred);
  return centred;
}

std::vector<float> centred_garment(const IndexView& category, LookKey look) {
  return centred_garment(category, category.vector(look));
}

}  // namespace ootd
