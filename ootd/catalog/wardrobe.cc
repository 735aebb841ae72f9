#include "ootd/catalog/wardrobe.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/garment.h"

namespace ootd {

void check_own_garment(const std::string& user, const OwnGarment& garment) {
  if (user.empty()) throw Error(Kind::kInput, "an own garment needs the name of a user");
  const std::string who = "user " + user + ": ";
  if (std::ranges::find(kGarmentCategories, garment.category) == kGarmentCategories.end())
    throw Error(Kind::kInput, who + "\"" + garment.category + "\" is no category of garments");
  if ((garment.look == LookKey{}) == garment.photo.empty())
    throw Error(Kind::kInput, who + "an own garment is of a look or of a photo, not of both or neither");
  if (garment.photo.size() > kMaxGarmentPhotoBytes)
    throw Error(Kind::kInput, who + "the photo of a garment has at most " + std::to_string(kMaxGarmentPhotoBytes) +
                                  " bytes, not " + std::to_string(garment.photo.size()));
  if (garment.model.empty() != garment.vector.empty() || (!garment.vector.empty() && garment.photo.empty()))
    throw Error(Kind::kInput, who + "the vector of an own photo, and no other, comes with its model");
  if (!std::ranges::all_of(garment.vector, [](float value) { return std::isfinite(value); }))
    throw Error(Kind::kInput, who + "a vector has a value that is no finite number");
}

}  // namespace ootd
