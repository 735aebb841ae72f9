#include "ootd/workspace/garments.h"

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/embed/encoder.h"
#include "ootd/image/decode.h"
#include "ootd/image/encode.h"
#include "ootd/image/preprocess.h"

namespace ootd {
namespace {

std::vector<float> seen_by(const Encoder& encoder, std::span<const std::byte> photo) {
  const Image image = decode_image(photo, "the photo of an own garment");
  const Matrix vector = encoder.encode({&image, 1});
  return {vector.row(0).begin(), vector.row(0).end()};
}

}  // namespace

GarmentViews garments_at_hand(const Workspace& workspace, const Generation& generation) {
  GarmentViews garments;
  for (const std::string_view name : kGarmentCategories) {
    const std::string category(name);
    const Generation of_category = garments_of(generation, category);
    if (workspace.catalog().vector_dim(of_category) > 0)
      garments[category] = VectorIndex(workspace.catalog(), of_category, workspace.home()).view();
  }
  return garments;
}

GarmentViews open_garments(const Workspace& workspace, std::span<const std::string> categories) {
  GarmentViews garments;
  for (const std::string& category : categories) garments[category] = workspace.open_index(category)->view();
  if (!categories.empty()) return garments;
  garments = garments_at_hand(workspace, workspace.need_serving());
  if (garments.empty())
    throw Error(Kind::kNotFound,
                workspace.home().string() + ": no vectors of garments; run `ootd crop`, then `ootd embed --garments`");
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

NewGarment add_look_garment(Workspace& workspace, const std::string& user, const ImageRecord& look,
                            const std::string& category) {
  if (!workspace.catalog().vector(garments_of(workspace.need_serving(), category), look.key))
    throw Error(Kind::kNotFound,
                "no " + category + " was found on image " + look.id + " (see `ootd embed --garments`)");
  const auto added = workspace.catalog().add_own_garment(user, {.category = category, .look = look.key});
  return {added.id, category, added.is_new};
}

std::vector<NewGarment> add_photo_garments(Workspace& workspace, const std::string& user,
                                           const std::filesystem::path& photo,
                                           std::span<const std::string> categories) {
  const auto finder = workspace.outfit_finder();
  if (finder == nullptr)
    throw Error(Kind::kNotFound,
                workspace.home().string() + ": no garments have been found here yet; run `ootd crop` first");
  const auto bytes = read_file(photo, DecodeLimits().max_bytes);
  const Outfit outfit = finder->look(bytes, photo.string()).outfit;
  const Model model = workspace.need_model();
  const Encoder encoder(model);
  std::vector<OwnGarment> found;
  const auto look_for = [&](const std::string& category) {
    const auto box = main_garment(outfit, category);
    if (!box) return false;
    OwnGarment garment = {.category = category};
    garment.photo = encode_jpeg(decode_for(bytes, photo.string(), encoder.input(), {}, box));
    garment.model = model.id;
    garment.vector = seen_by(encoder, garment.photo);
    found.push_back(std::move(garment));
    return true;
  };
  for (const std::string& category : categories)
    if (!look_for(category)) throw Error(Kind::kNotFound, photo.string() + ": no " + category + " was found on it");
  if (categories.empty())
    for (const std::string_view category : kGarmentCategories) look_for(std::string(category));
  if (found.empty()) throw Error(Kind::kNotFound, photo.string() + ": no garment was found on it");

  std::vector<NewGarment> garments;
  Catalog::Batch batch(workspace.catalog());
  for (const OwnGarment& garment : found) {
    const auto added = workspace.catalog().add_own_garment(user, garment);
    garments.push_back({added.id, garment.category, added.is_new});
  }
  batch.commit();
  return garments;
}

Wardrobe open_wardrobe(Workspace& workspace, const std::string& user, const GarmentViews& garments) {
  const Generation serving = workspace.need_serving();
  std::unique_ptr<const Encoder> encoder;
  std::vector<Wardrobe::Garment> own;
  for (const OwnGarment& garment : workspace.catalog().own_garments(user)) {
    const auto view = garments.find(garment.category);
    if (view == garments.end()) continue;  // no look has any
    std::vector<float> vector = garment.vector;
    if (garment.photo.empty()) {
      const auto of_look = view->second->vector(garment.look);
      vector.assign(of_look.begin(), of_look.end());
    } else if (garment.model != serving.model) {
      if (encoder == nullptr) encoder = std::make_unique<const Encoder>(workspace.need_model());
      vector = seen_by(*encoder, garment.photo);
      workspace.catalog().set_own_vector(user, garment.id, serving.model, vector);
    }
    own.push_back({garment.id, garment.category, std::move(vector)});
  }
  return Wardrobe(garments, own);
}

}  // namespace ootd
