// What a person's taste is in words: labels of looks that were liked more often than they were dealt.
// Threads: pure.
#pragma once

#include <span>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

struct SwipedLabels {
  bool liked = false;         // or saved
  std::vector<Label> labels;  // of the look
};

struct LikedLabel {
  Label label;
  int liked = 0, swiped = 0;  // looks with it
  // How many times as often looks with it are liked as looks in general: (liked + 3 r) / (swiped + 3) / r for r, the
  // share of all swipes that are likes, so that a single like makes no taste.
  double lift = 1;
};

// The most telling first, at most `most`. Left out: what is liked no more often than the rest, what nearly every look
// has, and keys that say nothing of clothes: the program's own and the split.
// Where everything was liked there is nothing to compare with, and the most frequent come first.
std::vector<LikedLabel> liked_labels(std::span<const SwipedLabels> swiped, std::size_t most);

}  // namespace ootd
