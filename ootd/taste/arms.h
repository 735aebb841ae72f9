// Which policy a person meets in an A/B test. Nothing is stored: the name of the person decides.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ootd {

struct Arm {
  std::string policy;  // as find_policy() takes it
  double share = 1;    // of all people, in (0, 1]
};

// Throws Error(kInput): no arms, an unknown policy, one that comes twice, a share out of range, a sum other than 1.
void check_arms(std::span<const Arm> arms);

// The same person meets the same arm on every server and every day. Each arm draws a waiting time from (salt, arm,
// person), the shorter the larger its share, and the shortest wins (weighted rendezvous hashing; Schindelhauer &
// Schomaker 2005). So the order of the arms means nothing, and when a share changes people move only to or from arms
// whose weight against the others changed: .9/.1 -> .8/.1/.1 moves 11 % of all, where 10 % is the least.
// Another salt is another, independent division: for a test that must not inherit the people of the last one.
// arms: as check_arms() wants them.
const Arm& arm_of(std::span<const Arm> arms, std::string_view salt, std::string_view user);

// The chance of a division at least as far from the shares as this one, if people are divided by the shares: Pearson's
// chi-square. Below .001 somebody's data is missing, or people were divided otherwise ("sample ratio mismatch", Fabijan
// et al. 2019). people, shares: [arms]; 1 if there is nobody or one arm.
double chance_of_division(std::span<const std::int64_t> people, std::span<const double> shares);

}  // namespace ootd
