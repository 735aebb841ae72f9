// The photos of a workspace, looked after: found, shown, labelled, parted from their copies, removed. For the command
// line and for services.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/catalog/catalog.h"

namespace ootd {

struct PhotoChoice {
  std::vector<ImageId> ids;  // these, of those that the other two let through
  std::string filter;        // catalog/filter.h
  std::string source;        // ClaimStore::looks_from()
  bool is_all() const { return ids.empty() && filter.empty() && source.empty(); }
};

struct ChosenPhotos {
  std::vector<LookKey> looks;    // ascending
  std::vector<ImageId> unknown;  // ids that no photo has
};
// Throws Error(kInput) for a bad filter.
ChosenPhotos choose_photos(const Catalog& catalog, const PhotoChoice& choice);

// {id, source, labels: {key: [values]}}
Json photo_json(const ImageRecord& image);
// Also {file, format, bytes, width, height, sources[], garments[] {category, fine_category, score, box, origin},
// crop: {origin, box or null, reason} or null, models[] {model, crops}, copies[]}.
// crop: that of the crops in use. box: [x, y, w, h] in pixels of the upright photo.
Json photo_details(const Catalog& catalog, const ImageRecord& image);

// By hand (claims.h), all photos in one transaction. Returns how many of them changed.
// Throws Error(kInput), and changes nothing, for a label that cannot be.
std::int64_t label_photos(Catalog& catalog, std::span<const LookKey> looks, std::span<const Label> add,
                          std::span<const Label> take_away);

// The photo is no copy of others any more, nor they of it; the others stay copies of one another. Returns whether it
// was one.
bool split_from_copies(Catalog& catalog, const ImageRecord& image);

// With crops, vectors, swipes, rows and files; no import or crawl brings them back. Returns how many.
std::int64_t remove_photos(Catalog& catalog, std::span<const LookKey> looks);
// Deletes the indexes' snapshots under home/index, which hold vectors of removed photos. A server's view follows the
// catalog by itself; its snapshot, written when it stops, loses them when it folds.
void scrub_snapshots(const Catalog& catalog);

}  // namespace ootd
