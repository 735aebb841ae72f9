#include "ootd/taste/arms.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/taste/policy.h"

namespace ootd {
namespace {

// In (0, 1), of words with a byte between them that none of them holds.
double number_of(std::string_view salt, std::string_view arm, std::string_view user) {
  std::uint64_t hash = hash_text("");
  for (const std::string_view word : {salt, arm, user}) hash = hash_text("\xff", hash_text(word, hash));
  return (static_cast<double>(mixed(hash) >> 11) + 0.5) * 0x1p-53;
}

// The upper tail of a chi-square: Q(df/2, x/2), by the recurrence Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1).
double chi_square_tail(double x, std::size_t df) {
  const double half = x / 2;
  double a = df % 2 == 0 ? 1 : 0.5;
  double tail = df % 2 == 0 ? std::exp(-half) : std::erfc(std::sqrt(half));
  for (; a < static_cast<double>(df) / 2 - 0.25; a += 1)
    tail += half > 0 ? std::exp(a * std::log(half) - half - std::lgamma(a + 1)) : 0;
  return std::min(tail, 1.0);
}

}  // namespace

void check_arms(std::span<const Arm> arms) {
  if (arms.empty()) throw Error(Kind::kInput, "arms: there is none");
  double sum = 0;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    find_policy(arms[i].policy);
    if (!(arms[i].share > 0) || !(arms[i].share <= 1))
      throw Error(Kind::kInput, "arms: the share of \"" + arms[i].policy + "\" must be above 0 and at most 1");
    if (std::ranges::find(arms.first(i), arms[i].policy, &Arm::policy) != arms.begin() + static_cast<std::ptrdiff_t>(i))
      throw Error(Kind::kInput, "arms: \"" + arms[i].policy + "\" comes twice");
    sum += arms[i].share;
  }
  if (std::abs(sum - 1) > 1e-6)
    throw Error(Kind::kInput, "arms: the shares add up to " + std::to_string(sum) + ", not to 1");
}

const Arm& arm_of(std::span<const Arm> arms, std::string_view salt, std::string_view user) {
  return *std::ranges::min_element(
      arms, {}, [&](const Arm& arm) { return -std::log(number_of(salt, arm.policy, user)) / arm.share; });
}

double chance_of_division(std::span<const std::int64_t> people, std::span<const double> shares) {
  const auto all = static_cast<double>(std::accumulate(people.begin(), people.end(), std::int64_t{0}));
  if (all == 0 || people.size() < 2) return 1;
  double distance = 0;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const double expected = all * shares[i], gap = static_cast<double>(people[i]) - expected;
    distance += gap * gap / expected;
  }
  return chi_square_tail(distance, people.size() - 1);
}

}  // namespace ootd
