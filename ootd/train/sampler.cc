#include "ootd/train/sampler.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace ootd {

PkSampler::PkSampler(const std::vector<std::vector<int>>& labels, int count) {
  std::vector<std::vector<std::size_t>> by_label(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (const int label : labels[i]) by_label[static_cast<std::size_t>(label)].push_back(i);
  for (auto& members : by_label) {
    if (members.size() < 2) continue;
    weights_.push_back(std::sqrt(static_cast<double>(members.size())));
    members_.push_back(std::move(members));
  }
}

std::vector<std::size_t> PkSampler::batch(int p, int k, Random& random) const {
  // Weighted sampling without replacement (Efraimidis & Spirakis 2006): the p largest of u^(1/w).
  std::vector<std::pair<double, std::size_t>> keys;
  for (std::size_t i = 0; i < members_.size(); ++i) keys.emplace_back(std::log(1 - random.uniform()) / weights_[i], i);
  std::sort(keys.rbegin(), keys.rend());
  keys.resize(std::min(keys.size(), static_cast<std::size_t>(p)));
  std::vector<std::size_t> batch;
  for (const auto& [key, label] : keys) {
    std::vector<std::size_t> members = members_[label];
    random.shuffle(std::span(members));
    for (int i = 0; i < k; ++i) batch.push_back(members[static_cast<std::size_t>(i) % members.size()]);
  }
  return batch;
}

}  // namespace ootd
