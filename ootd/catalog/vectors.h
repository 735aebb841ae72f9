// The role of a store that holds vectors, as a log that an index follows.
//
// Vectors belong to a generation: what one model makes of one set of crops. The next generation is built beside the one
// that serves, look by look; serve() then makes it the one that serves, in one transaction, and a second serve() of the
// former one takes that back. Nobody who reads ever meets half of a generation that once was whole.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/base/image_id.h"
#include "ootd/base/matrix.h"

namespace ootd {

struct Generation {
  std::string model;  // a model's id ("pca128-1a2b3c4d"), with "#top" after it for the main person's tops
  std::string crops;  // Crop::origin; empty = photos seen whole
  friend bool operator==(const Generation&, const Generation&) = default;
  friend auto operator<=>(const Generation&, const Generation&) = default;
};
// "pca128-1a2b3c4d" or "pca128-1a2b3c4d, crops DETECTOR/RULE"
std::string to_string(const Generation& generation);

class VectorLog {
 public:
  virtual ~VectorLog() = default;

  // --- Vectors: one for each look of a generation
  // vectors: looks.size() x dim. seen: of each look, the box of its crop of the generation's origin as it was when the
  // pixels were read (nothing: the whole photo); empty = as it is now. Left out, for a later run: looks that are gone,
  // and those whose crop is another one by now. What is there already, of the same box and to the bit, need not be
  // written anew. Returns how many are stored now. Throws kInput for another length than the
  // generation's first vector or a value that is no finite number.
  virtual std::int64_t put_vectors(const Generation& generation, std::span<const LookKey> looks, const Matrix& vectors,
                                   std::span<const std::optional<Box>> seen = {}) = 0;
  // Takes over from another generation of the same model the vectors of looks that both see by the same box, where this
  // one lacks them: nothing has to be computed twice. A look without a crop of to.crops is not known yet to be seen
  // whole: it is left out. At most `limit`; returns how many.
  virtual std::int64_t adopt_vectors(const Generation& from, const Generation& to, int limit) = 0;
  // Looks whose vector is missing or was made of another box than their crop's, ascending, after `after`, at most
  // `limit`.
  virtual std::vector<LookKey> looks_to_embed(const Generation& generation, LookKey after, int limit) const = 0;
  virtual std::int64_t vector_count(const Generation& generation) const = 0;
  virtual std::size_t vector_dim(const Generation& generation) const = 0;  // fixed by its first vector; 0 before that
  virtual std::optional<std::vector<float>> vector(const Generation& generation, LookKey look) const = 0;
  // In the looks' order (0 x 0 for none), with the boxes that they were made of. Throws kNotFound if one has none.
  struct Stored {
    Matrix vectors;
    std::vector<std::optional<Box>> seen;
  };
  virtual Stored vectors(const Generation& generation, std::span<const LookKey> looks) const = 0;

  // --- The feed: what an index follows. A cursor is opaque; the empty one is the beginning. What is committed after a
  // cursor was handed out comes after it, even where transactions commit in another order than they began.
  using Cursor = std::string;
  struct Change {
    LookKey look = {};
    bool erased = false;        // drop the look
    std::vector<float> vector;  // empty if erased
  };
  struct Changes {
    std::vector<Change> changes;  // oldest first; a look comes once, as it is now
    Cursor cursor;                // after these
    bool more = false;            // whether others are there already
  };
  // Throws kInput for a cursor of another store, of another generation, or of one that was dropped since: begin anew.
  virtual Changes changes_after(const Generation& generation, const Cursor& cursor, int limit) const = 0;

  // --- Generations
  struct Held {
    Generation generation;
    std::int64_t vectors = 0;
  };
  virtual std::vector<Held> generations() const = 0;  // that have vectors, most first, then by name
  virtual std::optional<Generation> serving() const = 0;
  virtual std::optional<Generation> served_before() const = 0;  // where a step back leads
  // Makes this the generation that serves, and the present one the one before.
  virtual void serve(const Generation& generation) = 0;
  // Removes up to `limit` vectors of generations of other crops than the two above have; returns how many. Call it
  // until that is 0, in pieces, so that no other writer waits long.
  virtual std::int64_t drop_old_vectors(int limit) = 0;
};

}  // namespace ootd
