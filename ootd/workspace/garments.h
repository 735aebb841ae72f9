// The main persons' garments of a workspace, as tastes see them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/taste/garment_policy.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

// Of the generation that serves. Throws Error(kNotFound) saying what to run for a category without vectors.
GarmentViews open_garments(const Workspace& workspace, std::span<const std::string> categories);

// garment_policy() for what a person asked for: looks with garments like those of `with` that are kept, and other ones
// in place of those that are changed. Throws Error(kNotFound) if `with` has none of a category, kInput as
// garment_policy().
std::unique_ptr<const Policy> wished_policy(std::shared_ptr<const Policy> taste, const GarmentViews& garments,
                                            const ImageRecord& with, const std::vector<std::string>& keep,
                                            const std::vector<std::string>& change);

}  // namespace ootd
