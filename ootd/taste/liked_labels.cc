#include "ootd/taste/liked_labels.h"

#include <algorithm>
#include <map>

#include "ootd/catalog/claims.h"

namespace ootd {

std::vector<LikedLabel> liked_labels(std::span<const SwipedLabels> swiped, std::size_t most) {
  constexpr double kPriorLooks = 3, kNearlyAll = 0.9;
  std::map<Label, LikedLabel> counts;
  double likes = 0;
  for (const auto& [liked, labels] : swiped) {
    likes += liked ? 1 : 0;
    for (const Label& label : labels) {
      LikedLabel& count = counts[label];
      ++count.swiped;
      count.liked += liked ? 1 : 0;
    }
  }
  const auto all = static_cast<double>(swiped.size());
  const double rate = swiped.empty() ? 0 : likes / all;
  std::vector<LikedLabel> list;
  for (auto& [label, count] : counts) {
    if (count.liked == 0 || label.key == kSplitKey || is_program_key(label.key)) continue;
    if (swiped.size() > 1 && count.swiped > kNearlyAll * all) continue;
    count.label = label;
    count.lift = (count.liked + kPriorLooks * rate) / (count.swiped + kPriorLooks) / rate;
    if (count.lift > 1 || likes == all) list.push_back(count);
  }
  std::ranges::stable_sort(list, [](const LikedLabel& a, const LikedLabel& b) {
    return a.lift != b.lift ? a.lift > b.lift : a.liked > b.liked;
  });
  list.resize(std::min(list.size(), most));
  return list;
}

}  // namespace ootd
