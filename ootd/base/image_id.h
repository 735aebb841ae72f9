// The names of pictures and people. Ids are made from content, never from directory order, so that the same photo has
// the same id on every machine and in every run.
#pragma once

#include <cstdint>
#include <string>

namespace ootd {

// The first 24 hex digits (96 bits) of the SHA-256 of the file's bytes.
using ImageId = std::string;

// A look inside one catalog, as a number that the catalog gives when the look is added and never gives again. Opaque:
// neither dense nor small, and another catalog gives the same photo another one. Keys grow in the order in which looks
// were added, so a walk "after this key" meets each look once. LookKey{} is no look.
enum class LookKey : std::uint64_t {};

// For messages.
inline std::string to_string(LookKey key) { return std::to_string(static_cast<std::uint64_t>(key)); }

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
