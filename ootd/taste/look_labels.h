// Which looks share a value of one label key ("style"), for tastes that go by it.
// Threads: immutable.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

class LookLabels {
 public:
  LookLabels() = default;  // none
  // labels: as LookStore::labels_of(key) gives them.
  LookLabels(std::string key, std::span<const std::pair<LookKey, std::string>> labels);

  const std::string& key() const { return key_; }
  bool empty() const { return values_.empty(); }
  std::span<const std::string> values() const { return values_; }  // sorted; a value's number is its place
  std::optional<int> number_of(std::string_view value) const;
  std::span<const LookKey> looks_with(int value) const { return looks_[static_cast<std::size_t>(value)]; }  // ascending

  // The values' numbers, ascending; none for a look without. Cost: O(log looks).
  std::span<const int> of(LookKey look) const;

 private:
  std::string key_;
  std::vector<std::string> values_;
  std::vector<std::vector<LookKey>> looks_;  // by value
  std::vector<LookKey> keys_;                // ascending
  std::vector<std::size_t> begins_;          // of each key's values in numbers_, and the end
  std::vector<int> numbers_;
};

// Throws Error(kInput) for a picked value that no look has, naming those that there are.
void check_picks(const LookLabels& labels, std::span<const std::string> picks);

// How far two looks' values are the same ones: shared / sqrt(of a * of b), the cosine of the two sets; 1 for the same
// single value. "Have one in common" would be no kernel: a may share one with b and b with c, but a none with c.
float shared_values(std::span<const int> a, std::span<const int> b);

}  // namespace ootd
