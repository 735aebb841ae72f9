#include "ootd/taste/copy_groups.h"

#include <algorithm>

namespace ootd {

CopyGroups::CopyGroups(std::vector<std::pair<LookKey, LookKey>> copies) : copies_(std::move(copies)) {
  for (const auto& [copy, first] : copies_) {
    auto& looks = looks_of_group_[first];
    if (looks.empty()) looks.push_back(first);
    looks.push_back(copy);
  }
}

LookKey CopyGroups::group_of(LookKey look) const {
  const auto place = std::ranges::lower_bound(copies_, look, {}, &std::pair<LookKey, LookKey>::first);
  return place != copies_.end() && place->first == look ? place->second : look;
}

std::vector<LookKey> CopyGroups::copies_of(LookKey look) const {
  const auto group = looks_of_group_.find(group_of(look));
  std::vector<LookKey> others;
  if (group != looks_of_group_.end())
    std::ranges::copy_if(group->second, std::back_inserter(others), [look](LookKey one) { return one != look; });
  return others;
}

}  // namespace ootd
