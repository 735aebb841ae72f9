#include "ootd/workspace/photos.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/index/vector_index.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/photo_store.h"
#include "ootd/taste/copy_groups.h"

namespace ootd {
namespace {

constexpr std::size_t kPage = 1000;

Json box_json(const Box& box) { return {box.x, box.y, box.w, box.h}; }

std::vector<LookKey> both(const std::vector<LookKey>& a, const std::vector<LookKey>& b) {
  std::vector<LookKey> keys;
  std::ranges::set_intersection(a, b, std::back_inserter(keys));
  return keys;
}

// A file or folder may have been imported under a path with links or ".." in it, or without.
std::vector<LookKey> looks_from(const Catalog& catalog, const std::string& source) {
  std::error_code error;
  const auto real = std::filesystem::canonical(source, error);
  std::vector<LookKey> looks = catalog.looks_from(error ? source : absolute_path(source).string());
  if (error) return looks;
  std::vector<LookKey> all;
  std::ranges::set_union(looks, catalog.looks_from(real.string()), std::back_inserter(all));
  return all;
}

std::vector<LookKey> copies_of(const Catalog& catalog, LookKey look) {
  return CopyGroups(catalog.copies()).copies_of(look);
}

}  // namespace

ChosenPhotos choose_photos(const Catalog& catalog, const PhotoChoice& choice) {
  ChosenPhotos chosen;
  if (choice.ids.empty()) {
    chosen.looks = choice.filter.empty() ? catalog.all_keys() : catalog.keys_where(Filter::parse(choice.filter));
  } else {
    for (const ImageId& id : choice.ids) {
      const auto image = catalog.find_image(id);
      image ? chosen.looks.push_back(image->key) : chosen.unknown.push_back(id);
    }
    std::ranges::sort(chosen.looks);
    chosen.looks.erase(std::ranges::unique(chosen.looks).begin(), chosen.looks.end());
    if (!choice.filter.empty()) chosen.looks = both(chosen.looks, catalog.keys_where(Filter::parse(choice.filter)));
  }
  if (!choice.source.empty()) chosen.looks = both(chosen.looks, looks_from(catalog, choice.source));
  return chosen;
}

Json photo_json(const ImageRecord& image) {
  return {{"id", image.id}, {"source", image.source}, {"labels", labels_json(image.labels)}};
}

Json photo_details(const Catalog& catalog, const ImageRecord& image) {
  Json json = photo_json(image);
  json["file"] = image.file;
  json["format"] = image.format;
  json["bytes"] = image.bytes;
  json["width"] = image.width;
  json["height"] = image.height;
  json["sources"] = catalog.sources(image.key);
  json["garments"] = Json::array();
  for (const std::string& origin : catalog.garment_origins(image.key))
    for (const Garment& garment : catalog.garments(image.key, origin))
      json["garments"].push_back({{"category", garment.category},
                                  {"fine_category", garment.fine_category},
                                  {"score", garment.score},
                                  {"box", box_json(garment.box)},
                                  {"origin", origin}});
  json["crop"] = Json();
  if (const auto crop = catalog.crop(image.key, crops_in_use(catalog)))
    json["crop"] = {
        {"origin", crop->origin}, {"box", crop->box ? box_json(*crop->box) : Json()}, {"reason", crop->reason}};
  json["models"] = Json::array();
  for (const auto& held : catalog.generations())
    if (catalog.vector(held.generation, image.key))
      json["models"].push_back({{"model", held.generation.model}, {"crops", held.generation.crops}});
  json["copies"] = Json::array();
  for (const ImageRecord& copy : catalog.find_images(copies_of(catalog, image.key))) json["copies"].push_back(copy.id);
  return json;
}

std::int64_t label_photos(Catalog& catalog, std::span<const LookKey> looks, std::span<const Label> add,
                          std::span<const Label> take_away) {
  std::int64_t changed = 0;
  Catalog::Batch batch(catalog);
  for (const LookKey look : looks) {
    bool any = false;
    for (const Label& label : take_away) any |= catalog.unlabel(look, label);
    for (const Label& label : add) any |= catalog.label(look, label);
    if (any) ++changed;
  }
  batch.commit();
  return changed;
}

bool split_from_copies(Catalog& catalog, const ImageRecord& image) {
  Catalog::Batch batch(catalog);
  const auto others = copies_of(catalog, image.key);
  if (others.empty()) return false;
  catalog.set_labels(image.key, kCopyKey, {});
  const ImageId first = catalog.find_image(others.front())->id;
  for (const LookKey other : others) {
    const bool is_first = other == others.front();
    catalog.set_labels(other, kCopyKey, std::span(&first, is_first ? 0 : 1));
  }
  batch.commit();
  return true;
}

std::int64_t remove_photos(Catalog& catalog, std::span<const LookKey> looks) {
  std::int64_t removed = 0;
  for (std::size_t begin = 0; begin < looks.size(); begin += kPage) {
    const auto images = catalog.find_images(looks.subspan(begin, std::min(kPage, looks.size() - begin)));
    erase_photos(catalog, images, /*keep_out=*/true);
    removed += static_cast<std::int64_t>(images.size());
  }
  return removed;
}

void scrub_snapshots(const Catalog& catalog) {
  for (const auto& held : catalog.generations())
    std::filesystem::remove(VectorIndex::snapshot_path(catalog.home(), held.generation));
}

}  // namespace ootd
