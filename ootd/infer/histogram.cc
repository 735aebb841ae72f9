#include "ootd/infer/histogram.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"

namespace ootd {

void Histogram::grow() {
  // Bin i of the new half covers bins 2i and 2i + 1 of the old; the outer quarters are empty.
  std::array<std::uint64_t, kBins> wider = {};
  for (std::size_t i = 0; i < kBins / 2; ++i) wider[kBins / 4 + i] = counts_[2 * i] + counts_[2 * i + 1];
  counts_ = wider;
  span_ *= 2;
}

void Histogram::add(std::span<const float> values) {
  if (values.empty()) return;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (!std::isfinite(*low) || !std::isfinite(*high))
    throw Error(Kind::kInput, "a layer's values are not finite; the weights are damaged");
  smallest_ = std::min(smallest_, *low);
  largest_ = std::max(largest_, *high);
  while (std::max(-smallest_, largest_) >= span_) grow();
  const float bins_per_unit = static_cast<float>(kBins / 2) / span_;
  for (const float value : values) {
    const auto bin = static_cast<std::size_t>((value + span_) * bins_per_unit);
    ++counts_[std::min(bin, kBins - 1)];  // rounding may lead one past the end
  }
  count_ += values.size();
}

float Histogram::percentile(double percent) const {
  if (count_ == 0) throw Error(Kind::kInternal, "percentile of nothing");
  const double wanted = percent / 100 * static_cast<double>(count_);
  double below = 0;
  std::size_t bin = 0;
  while (bin + 1 < kBins && below + static_cast<double>(counts_[bin]) < wanted)
    below += static_cast<double>(counts_[bin++]);
  const double part = counts_[bin] > 0 ? (wanted - below) / static_cast<double>(counts_[bin]) : 0;
  const double width = 2.0 * static_cast<double>(span_) / kBins;
  const auto value = static_cast<float>(static_cast<double>(-span_) + width * (static_cast<double>(bin) + part));
  return percent <= 0 ? smallest_ : percent >= 100 ? largest_ : std::clamp(value, smallest_, largest_);
}

Range Histogram::range(double percent) const {
  const float low = std::min(0.0f, percentile(100 - percent)), high = std::max(0.0f, percentile(percent));
  const float step = (high - low) / 255;
  if (!(step > 0)) return {};  // all values are 0
  if (low == 0) return {0, high};
  // At least one step on each side of 0 exists; the end that rounding brings nearer to 0 loses half a step at most.
  const float below = std::clamp(std::round(-low / step), 1.0f, 254.0f);
  return {-below * step, (255 - below) * step};
}

}  // namespace ootd
