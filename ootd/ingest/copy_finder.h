// Finds out whether a new photo is a near copy of one in the catalog: the same picture re-encoded, resized, mirrored,
// or with its edges cut off (image/near_copy.h says what counts). Each photo has a fingerprint of the whole and of its
// middles, so that a crop is looked for both ways: as a part of what is here, and what is here as a part of it.
//
// A copy gets the label copy_of = id of the first of its group, so that a group is found by one filter, and splits for
// training can keep it together.
// Memory:  two numbers a part and photo; the pixels that decide stay in the catalog.
// Threads: examine() may run on many at once; the rest needs the object for itself.
#pragma once

#include <array>
#include <vector>

#include "ootd/catalog/catalog.h"
#include "ootd/image/near_copy.h"

namespace ootd {

class CopyFinder {
 public:
  // How much of each side the parts leave out, as a share of width or height.
  static constexpr std::array<double, 3> kCuts = {0, 0.05, 0.1};
  using Parts = std::array<Fingerprint, kCuts.size()>;
  static Parts examine(const Image& preview);

  // Reads the stored fingerprints. Photos without one, of a catalog that had none yet, are opened and get theirs.
  explicit CopyFinder(Catalog& catalog);

  // Remembers a photo that has come into the catalog, within the caller's transaction. If it is a copy, it gets the
  // label, and the id of the first of its group is returned.
  std::optional<ImageId> add(LookKey look, const Parts& parts);

 private:
  std::optional<ImageId> original_of(const Parts& parts) const;
  void index(LookKey look, int part, PerceptualHash hash);
  bool is_copy(const Fingerprint& fingerprint, std::size_t number) const;

  Catalog& catalog_;  // outlives this
  HashIndex hashes_;
  struct Place {
    LookKey look = {};
    int part = 0;
  };
  std::vector<Place> places_;  // of each number of the index
};

}  // namespace ootd
