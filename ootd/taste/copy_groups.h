// Which looks are copies of one another, so that a swipe on one counts for all.
// Threads: immutable.
#pragma once

#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

class CopyGroups {
 public:
  CopyGroups() = default;  // none
  // copies: as CopyStore::copies() gives them.
  explicit CopyGroups(std::vector<std::pair<LookKey, LookKey>> copies);

  // The same for all looks of a group; of a look without copies, itself. Cost: O(log copies).
  LookKey group_of(LookKey look) const;
  // The group without the look itself; none for a look without copies.
  std::vector<LookKey> copies_of(LookKey look) const;

  friend bool operator==(const CopyGroups& a, const CopyGroups& b) { return a.copies_ == b.copies_; }

 private:
  std::vector<std::pair<LookKey, LookKey>> copies_;                   // by copy
  std::unordered_map<LookKey, std::vector<LookKey>> looks_of_group_;  // the first of each, then its copies
};

}  // namespace ootd
