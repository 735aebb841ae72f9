// The main persons' garments of a workspace, as tastes see them, and people's own.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/taste/garment_policy.h"
#include "ootd/taste/wardrobe.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

// Those categories of the generation that have vectors: none, before `ootd embed --garments`.
GarmentViews garments_at_hand(const Workspace& workspace, const Generation& generation);
// Of the generation that serves. Throws Error(kNotFound) saying what to run for a category without vectors; of no
// category in particular: all that have some, if there is one.
GarmentViews open_garments(const Workspace& workspace, std::span<const std::string> categories = {});

// garment_policy() for what a person asked for: looks with garments like those of `with` that are kept, and other ones
// in place of those that are changed. Throws Error(kNotFound) if `with` has none of a category, kInput as
// garment_policy().
std::unique_ptr<const Policy> wished_policy(std::shared_ptr<const Policy> taste, const GarmentViews& garments,
                                            const ImageRecord& with, const std::vector<std::string>& keep,
                                            const std::vector<std::string>& change);

struct NewGarment {
  std::int64_t id = 0;
  std::string category;
  bool is_new = true;  // false: it was in the wardrobe already
};
// The main person's garment of this category on a look. Throws Error(kNotFound) if none was found there.
NewGarment add_look_garment(Workspace& workspace, const std::string& user, const ImageRecord& look,
                            const std::string& category);
// The main person's best garment of each category (or of those given) on a photo, found as `ootd crop` finds them and
// seen by the model that serves; the rest of the photo is not kept. Throws Error(kNotFound) if none was found, or one
// of those given.
std::vector<NewGarment> add_photo_garments(Workspace& workspace, const std::string& user,
                                           const std::filesystem::path& photo,
                                           std::span<const std::string> categories = {});

// Own garments of photos that another model has seen are seen by the one that serves now, and that is stored.
Wardrobe open_wardrobe(Workspace& workspace, const std::string& user, const GarmentViews& garments);

}  // namespace ootd
