// The role of a store that knows who says what of a look. A look's labels are what its sources say together: the folder
// that its photo lies in, an annotation file, a site, a person at the keyboard, the program itself.
//
// Labels are kept as label_text() makes them; those without a value are left out.
// Threads, crashes and errors: as catalog.h says for every role.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

// Label keys that the program sets itself. Nothing that is brought in may use them, nor "id", which filters take for
// the look's own.
inline constexpr char kCropKey[] = "crop";        // what the person rule found: "person", or why not
inline constexpr char kPaletteKey[] = "palette";  // colours of the clothes
inline constexpr char kCopyKey[] = "copy_of";     // the id of the first photo of a group of copies
bool is_program_key(std::string_view key);

struct Claim {
  std::string source;  // what it is said of: the photo's path or url
  std::string by{};    // who says it: the annotation file, the crawl's recipe; empty: the photo's own place
  std::vector<Label> labels{};
};

class ClaimStore {
 public:
  virtual ~ClaimStore() = default;

  // From now on claim.by says exactly these labels of claim.source. What others said of this source is gone for the
  // keys that the claim speaks of: who corrects a style need not find the file that it came from. Labels given by hand
  // stay. goes_on: the same import has spoken of the source before; what it said stays. Returns how many labels the
  // look lost. Throws kNotFound for an unknown look, kInput for a key that is empty or the program's own.
  virtual std::int64_t put_claim(LookKey look, const Claim& claim, bool goes_on = false) = 0;
  // The paths and urls that the look came from, ascending.
  virtual std::vector<std::string> sources(LookKey look) const = 0;
  // Looks that came from this path or url, from somewhere below it, or of which this annotation file or crawl spoke;
  // ascending.
  virtual std::vector<LookKey> looks_from(const std::string& source) const = 0;
  // The source is no more: what was said of it goes. Returns how many labels the look lost.
  virtual std::int64_t drop_source(LookKey look, const std::string& source) = 0;

  // By hand. unlabel() holds against every source, also when it says the label again, until label() says otherwise.
  // Returns whether the look's labels changed. Throw as put_claim().
  virtual bool label(LookKey look, const Label& label) = 0;
  virtual bool unlabel(LookKey look, const Label& label) = 0;

  // By the program: the image's values of this key become exactly these, but those that a hand took away.
  // Throws kNotFound if there is no such look.
  virtual void set_labels(LookKey look, const std::string& key, std::span<const std::string> values) = 0;
};

}  // namespace ootd
