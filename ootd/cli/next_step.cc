#include "ootd/cli/next_step.h"

namespace ootd {
namespace {

// Who embeds whole photos has chosen to do without crops.
bool lacks_crops(const Catalog& catalog) {
  const std::string crops = crops_in_use(catalog);
  if (crops.empty()) return !catalog.serving();
  return !catalog.looks_without_crop(crops, LookKey{}, 1).empty();
}

bool lacks_vectors(const Catalog& catalog) {
  const auto serving = catalog.serving();
  return !serving || serving->crops != crops_in_use(catalog) || !catalog.looks_to_embed(*serving, LookKey{}, 1).empty();
}

}  // namespace

std::string next_step(const Workspace& workspace, Stage made) {
  const Catalog& catalog = workspace.catalog();
  const char* verb = "serve";
  if (made == Stage::kPhotos && lacks_crops(catalog))
    verb = "crop";
  else if (made != Stage::kVectors && lacks_vectors(catalog))
    verb = "embed";
  return std::string(". Next: ootd ") + verb;
}

}  // namespace ootd
