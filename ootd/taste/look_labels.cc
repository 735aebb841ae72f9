#include "ootd/taste/look_labels.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"

namespace ootd {

LookLabels::LookLabels(std::string key, std::span<const std::pair<LookKey, std::string>> labels)
    : key_(std::move(key)) {
  for (const auto& [look, value] : labels) values_.push_back(value);
  std::ranges::sort(values_);
  values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
  looks_.resize(values_.size());
  std::vector<std::pair<LookKey, int>> pairs;
  for (const auto& [look, value] : labels) pairs.emplace_back(look, *number_of(value));
  std::ranges::sort(pairs);
  for (const auto& [look, number] : pairs) {
    looks_[static_cast<std::size_t>(number)].push_back(look);
    if (keys_.empty() || keys_.back() != look) {
      keys_.push_back(look);
      begins_.push_back(numbers_.size());
    }
    numbers_.push_back(number);
  }
  begins_.push_back(numbers_.size());
}

std::optional<int> LookLabels::number_of(std::string_view value) const {
  const auto place = std::ranges::lower_bound(values_, value);
  if (place == values_.end() || *place != value) return std::nullopt;
  return static_cast<int>(place - values_.begin());
}

std::span<const int> LookLabels::of(LookKey look) const {
  const auto place = std::ranges::lower_bound(keys_, look);
  if (place == keys_.end() || *place != look) return {};
  const auto at = static_cast<std::size_t>(place - keys_.begin());
  return std::span(numbers_).subspan(begins_[at], begins_[at + 1] - begins_[at]);
}

void check_picks(const LookLabels& labels, std::span<const std::string> picks) {
  for (const std::string& pick : picks) {
    if (labels.number_of(pick)) continue;
    std::string known;
    for (const std::string& value : labels.values()) known += (known.empty() ? "" : ", ") + value;
    throw Error(Kind::kInput, "quiz: \"" + pick + "\" is no value of the label that tastes go by; " +
                                  (labels.key().empty() ? "none is set: [taste] label in HOME/ootd.toml"
                                   : known.empty()      ? "no look has the label \"" + labels.key() + "\""
                                                        : "there are " + known));
  }
}

float shared_values(std::span<const int> a, std::span<const int> b) {
  int shared = 0;
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    if (*left == *right) {
      ++shared, ++left, ++right;
    } else {
      *left < *right ? ++left : ++right;
    }
  }
  return shared == 0 ? 0 : static_cast<float>(shared) / std::sqrt(static_cast<float>(a.size() * b.size()));
}

}  // namespace ootd
