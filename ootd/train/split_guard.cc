#include "ootd/train/split_guard.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/threads.h"
#include "ootd/image/near_copy.h"

namespace ootd {
namespace {

// Disjoint sets with path halving (Tarjan & van Leeuwen 1984).
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(const SampleTie& tie) { parent_[root(tie.first)] = root(tie.second); }

 private:
  std::vector<std::size_t> parent_;
};

struct Side {
  std::size_t training = 0, validation = 0;
  ImageId smallest;
  bool straddles() const { return training > 0 && validation > 0; }
};

void check_sides(const SampleSet& set) {
  for (const bool validation : {false, true})
    if (set.part(validation).empty())
      throw Error(Kind::kInput, std::string("every photo for ") + (validation ? "validation" : "training") +
                                    " is tied (as a near copy, or by its group) to one on the other side; choose "
                                    "another split or group");
}

}  // namespace

std::vector<SampleTie> copy_ties(const std::vector<Sample>& samples, int threads) {
  std::vector<std::optional<Fingerprint>> prints(samples.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (int t = 0; t < thread_count(threads); ++t)
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < samples.size(); i = next++) {
        try {
          prints[i] =
              fingerprint(decode_for_hash(read_file(samples[i].file), samples[i].file.string(), samples[i].limits));
        } catch (const Error&) {  // the loader says which cannot be read
        }
      }
    });
  for (auto& worker : workers) worker.join();

  std::vector<SampleTie> ties;
  std::vector<std::size_t> sample_of;  // by number in the index
  CopyIndex index;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!prints[i]) continue;
    for (const std::size_t number : index.find(*prints[i])) ties.emplace_back(sample_of[number], i);
    index.add(*prints[i]);
    sample_of.push_back(i);
  }
  return ties;
}

std::vector<SampleTie> group_ties(const Catalog& catalog, const std::vector<Sample>& samples, const std::string& key) {
  const auto values = catalog.labels_of(key);
  if (values.empty())
    throw Error(Kind::kNotFound,
                "[data] group: no image has a label \"" + key + "\"; known label keys:" + known_label_keys(catalog));
  std::map<LookKey, std::size_t> sample_of;
  for (std::size_t i = 0; i < samples.size(); ++i) sample_of[samples[i].look] = i;
  std::vector<SampleTie> ties;
  std::map<std::string, std::size_t> last;  // sample by value
  for (const auto& [look, value] : values) {
    const auto sample = sample_of.find(look);
    if (sample == sample_of.end()) continue;
    const auto [former, is_new] = last.emplace(value, sample->second);
    if (is_new) continue;
    ties.emplace_back(former->second, sample->second);
    former->second = sample->second;
  }
  return ties;
}

SplitRepair keep_together(SampleSet& set, std::span<const SampleTie> ties) {
  Groups groups(set.samples.size());
  SplitRepair repair;
  for (const auto& tie : ties) {
    groups.join(tie);
    const Sample &a = set.samples[tie.first], &b = set.samples[tie.second];
    if (!repair.example && a.validation != b.validation)
      repair.example = a.validation ? std::pair{b.file, a.file} : std::pair{a.file, b.file};
  }
  std::map<std::size_t, Side> sides;
  for (std::size_t i = 0; i < set.samples.size(); ++i) {
    const Sample& sample = set.samples[i];
    Side& side = sides[groups.root(i)];
    ++(sample.validation ? side.validation : side.training);
    if (side.smallest.empty() || sample.id < side.smallest) side.smallest = sample.id;
  }
  for (const auto& [root, side] : sides) repair.straddling += side.straddles();
  if (repair.straddling == 0) return repair;

  std::vector<bool> drop(set.samples.size());
  for (std::size_t i = 0; i < set.samples.size(); ++i) {
    Sample& sample = set.samples[i];
    const Side& side = sides[groups.root(i)];
    if (!side.straddles()) continue;
    if (!set.split_by_id) {
      drop[i] = sample.validation;
      repair.dropped += sample.validation;
    } else if (const bool validation = held_out_by_id(side.smallest); validation != sample.validation) {
      sample.validation = validation;
      ++(validation ? repair.to_validation : repair.to_training);
    }
  }
  std::size_t at = 0;  // drop() asks for the samples in order
  set.drop([&](const Sample&) { return drop[at++]; });
  check_sides(set);
  return repair;
}

SplitRepair guard_split(SampleSet& set, const Catalog& catalog, const std::string& group, int threads) {
  std::vector<SampleTie> ties = copy_ties(set.samples, threads);
  if (!group.empty()) {
    const auto more = group_ties(catalog, set.samples, group);
    ties.insert(ties.end(), more.begin(), more.end());
  }
  return keep_together(set, ties);
}

std::optional<Alarm> leakage_alarm(const SplitRepair& repair) {
  if (repair.straddling == 0) return std::nullopt;
  std::string text = std::to_string(repair.straddling) +
                     " groups of near copies (or of one [data] group) lay on both sides of the split";
  if (repair.example)
    text += ", such as " + repair.example->first.string() + " (training) and " + repair.example->second.string() +
            " (validation)";
  text += ". A run that is validated on what it learnt by heart looks better than it is. ";
  if (repair.dropped > 0) {
    text += std::to_string(repair.dropped) +
            " validation photos were left out of this run; mend the split, since others "
            "will be validated and tested on them.";
  } else {
    text += std::to_string(repair.to_training) + " photos were moved to training and " +
            std::to_string(repair.to_validation) + " to validation; nothing is to be done.";
  }
  return Alarm{AlarmKind::kLeakage, AlarmLevel::kWarning, 0, std::move(text)};
}

}  // namespace ootd
