// Which pictures a batch holds: P labels with K pictures each, so that every picture has others that are like it and
// many that are not (PK sampling, Hermans et al. 2017). Labels are drawn with the square root of their counts: rare
// ones are seen more often than they occur, common ones still more than rare ones.
#pragma once

#include <cstddef>
#include <vector>

#include "ootd/base/random.h"

namespace ootd {

class PkSampler {
 public:
  // labels[i]: the label numbers of sample i, of `count` in all; those without one are never drawn. Labels with a
  // single picture are left out: nothing can be like it.
  PkSampler(const std::vector<std::vector<int>>& labels, int count);

  int usable_labels() const { return static_cast<int>(members_.size()); }
  // min(p, usable_labels()) x k sample numbers. A picture comes twice only if its label has fewer than k.
  std::vector<std::size_t> batch(int p, int k, Random& random) const;

 private:
  std::vector<std::vector<std::size_t>> members_;  // by usable label
  std::vector<double> weights_;
};

}  // namespace ootd
