// Keeps together what belongs together: near copies of a photo, and photos of one group (shoot, person, product), lie
// on one side of the split, so that a run is never validated on what it has learnt by heart.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ootd/train/alarms.h"
#include "ootd/train/sample_set.h"

namespace ootd {

using SampleTie = std::pair<std::size_t, std::size_t>;  // two sample numbers that must not be parted

// Near copies (ootd/image/near_copy.h), each pair once. Photos that cannot be read have none. Cost: decoding every
// photo at its smallest scale; 1 ms each for JPEGs of a megapixel.
std::vector<SampleTie> copy_ties(const std::vector<Sample>& samples, int threads);

// Samples that share a value of the label key; linked in a chain. Throws Error(kNotFound) if no image has the key.
std::vector<SampleTie> group_ties(const Catalog& catalog, const std::vector<Sample>& samples, const std::string& key);

struct SplitRepair {
  std::size_t straddling = 0;  // groups that had photos on both sides
  std::size_t to_training = 0, to_validation = 0;
  std::size_t dropped = 0;  // validation photos taken out of the set
  // A training and a validation photo that are tied: for a person to see.
  std::optional<std::pair<std::filesystem::path, std::filesystem::path>> example;
};

// Groups are what ties join, directly or through others. Where the split is the data set author's, validation photos of
// a group that straddles it are taken out of the set: the training set stays what its author says. Where it follows
// from the ids, the whole group goes to where its smallest id belongs, on every machine and in every order of import.
// Throws Error(kInput) if no photo is left on a side.
SplitRepair keep_together(SampleSet& set, std::span<const SampleTie> ties);

// All of it. group: a label key, or empty for near copies alone.
SplitRepair guard_split(SampleSet& set, const Catalog& catalog, const std::string& group, int threads);

std::optional<Alarm> leakage_alarm(const SplitRepair& repair);

}  // namespace ootd
