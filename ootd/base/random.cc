#include "ootd/base/random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace ootd {

Random::Random(std::uint64_t seed) {
  for (auto& word : state_) word = mixed(seed += 0x9e3779b97f4a7c15);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::uint64_t Random::below(std::uint64_t n) {
  // Values under 2^64 mod n would favour the small remainders.
  const std::uint64_t threshold = (0 - n) % n;
  std::uint64_t value = next();
  while (value < threshold) value = next();
  return value % n;
}

double Random::normal() {
  const double u = 1.0 - uniform();  // (0, 1]: the logarithm is finite
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace ootd
