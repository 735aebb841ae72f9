// The names of pictures and people. Ids are made from content, never from directory order, so that the same photo has
// the same id on every machine and in every run.
#pragma once

#include <cstdint>
#include <string>

namespace ootd {

// The first 24 hex digits (96 bits) of the SHA-256 of the file's bytes.
using ImageId = std::string;

// Dense number of an image inside one workspace (1, 2, 3 ...), given at import and never reused. Search works on rows,
// because a bitmap over them is the fastest filter; everything a user sees works on ids.
using Row = std::uint32_t;

// Label keys with a meaning of their own; any other key is welcome. A picture may carry several values of one key.
inline constexpr char kStyleKey[] = "style";
inline constexpr char kSplitKey[] = "split";  // train | val | test, as a data set's author fixed it

struct Label {
  std::string key;
  std::string value;
  friend bool operator==(const Label&, const Label&) = default;
  friend auto operator<=>(const Label&, const Label&) = default;
};

}  // namespace ootd
