// The role of a store that holds people's own garments: picks from looks, and garments on photos of their own.
//
// A pick is a reference to the look's garment: it is erased with the look, and keeps no copy of it. Of an own photo
// only the part that shows the garment is held, so that all that is known of it goes with the user.
//
// Threads, crashes and errors: as catalog.h says for every role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

inline constexpr std::size_t kMaxGarmentPhotoBytes = 1 << 20;

struct OwnGarment {
  std::int64_t id = 0;             // given by the catalog, never again
  std::string category;            // one of kGarmentCategories
  LookKey look = {};               // a pick: the main person's garment of this category there; none: of an own photo
  std::vector<std::byte> photo{};  // own photo only: the part that shows the garment, a JPEG file
  std::string model{};             // own photo only: that made the vector, its id; empty before there is one
  std::vector<float> vector{};
  std::int64_t at_ms = 0;  // Unix time; 0 in add_own_garment means now
  friend bool operator==(const OwnGarment&, const OwnGarment&) = default;
};

// For stores: throws Error(kInput) for what no store may hold.
void check_own_garment(const std::string& user, const OwnGarment& garment);

class WardrobeStore {
 public:
  virtual ~WardrobeStore() = default;

  struct Owned {
    std::int64_t id = 0;
    bool is_new = true;  // false: the user has this garment of this look, or this photo, already
  };
  // Throws kNotFound for an unknown look; kInput for a user without a name, another category, neither or both of look
  // and photo, a photo that is too large, a vector without a model or the other way round or of a pick.
  virtual Owned add_own_garment(const std::string& user, const OwnGarment& garment) = 0;
  virtual std::vector<OwnGarment> own_garments(const std::string& user) const = 0;  // by id
  // In place of the one that it has. Throws kNotFound unless it is the user's, of a photo.
  virtual void set_own_vector(const std::string& user, std::int64_t id, const std::string& model,
                              const std::vector<float>& vector) = 0;
  // Returns whether it was there. Who has neither garments nor events is no user any more.
  virtual bool remove_own_garment(const std::string& user, std::int64_t id) = 0;
};

}  // namespace ootd
