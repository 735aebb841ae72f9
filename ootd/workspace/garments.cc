#include "ootd/workspace/garments.h"

#include "ootd/base/error.h"

namespace ootd {

GarmentViews open_garments(const Workspace& workspace, std::span<const std::string> categories) {
  GarmentViews garments;
  for (const std::string& category : categories) garments[category] = workspace.open_index(category)->view();
  return garments;
}

std::unique_ptr<const Policy> wished_policy(std::shared_ptr<const Policy> taste, const GarmentViews& garments,
                                            const ImageRecord& with, const std::vector<std::string>& keep,
                                            const std::vector<std::string>& change) {
  for (const auto* categories : {&keep, &change})
    for (const std::string& category : *categories)
      if (const auto view = garments.find(category); view != garments.end() && !view->second->contains(with.key))
        throw Error(Kind::kNotFound, "no " + category + " was found on image " + with.id);
  return garment_policy(std::move(taste), garments, {with.key, keep, change});
}

}  // namespace ootd
