// Garments as tastes see them: for each category ("outer") the vectors of the main persons' garments, by look. All are
// of the models and crops of the looks' own view.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/index/index_view.h"

namespace ootd {

// No view is null; a category without vectors may be left out.
using GarmentViews = std::map<std::string, std::shared_ptr<const IndexView>, std::less<>>;

// A garment's vector as seen from the mean of its category, at unit length: two garments are as alike as the inner
// product of these. vector: [dim]
std::vector<float> centred_garment(const IndexView& category, std::span<const float> vector);
// Of the look; empty if it has no garment of the category.
std::vector<float> centred_garment(const IndexView& category, LookKey look);

}  // namespace ootd
