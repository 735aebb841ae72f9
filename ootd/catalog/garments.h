// The role of a store that holds what was found on the photos: garments, and the crop of the main person.
//
// Every detector and rule has results of its own, side by side (their `origin`), so that a new one can look at all
// photos while what the former one found still serves.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/base/garment.h"
#include "ootd/base/image_id.h"

namespace ootd {

// What the whole-person rule made of a photo.
struct Crop {
  std::string origin;      // "DETECTOR/RULE", their ids, so that another detector or rule looks again
  std::string reason;      // why there is no crop ("one_garment"); empty if there is one
  std::optional<Box> box;  // the crop, in pixels of the upright photo; a photo without one is seen whole
  // The origin of the garments that it was made of.
  std::string detector() const { return origin.substr(0, origin.find('/')); }
  friend bool operator==(const Crop&, const Crop&) = default;
};

class GarmentStore {
 public:
  virtual ~GarmentStore() = default;

  // Replaces those of this origin ("label", or a detector's model id).
  virtual void put_garments(LookKey look, const std::string& origin, std::span<const Garment> garments) = 0;
  virtual std::vector<Garment> garments(LookKey look, const std::string& origin) const = 0;
  // The origins that the look has garments of, ascending.
  virtual std::vector<std::string> garment_origins(LookKey look) const = 0;

  // Replaces the look's crop of this origin; takes nothing else away. A vector that was made of another box is out of
  // date from now on (VectorLog::looks_to_embed), and serves until there is a new one.
  // Throws kNotFound for an unknown look, kInput for a crop with neither box nor reason, or with both.
  virtual void put_crop(LookKey look, const Crop& crop) = 0;
  virtual std::optional<Crop> crop(LookKey look, const std::string& origin) const = 0;
  // Looks without a crop of this origin, ascending, after `after`, at most `limit`.
  virtual std::vector<LookKey> looks_without_crop(const std::string& origin, LookKey after, int limit) const = 0;
};

}  // namespace ootd
