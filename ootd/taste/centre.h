// Vectors as seen from the mean of their view, at unit length: what tells two looks apart, since all photos lie in one
// cone.
#pragma once

#include <span>

#include "ootd/index/index_view.h"

namespace ootd {

// vector, out: [view.dim()]
void centre(const IndexView& view, std::span<const float> vector, std::span<float> out);
// Of the view's look; false, and nothing written, if it does not have it.
bool centre(const IndexView& view, LookKey look, std::span<float> out);

}  // namespace ootd
