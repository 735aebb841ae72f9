// What the alarms leave in a run's folder: geometry.csv, a line of EpochStats an epoch (epoch 0 included), and
// alarms.csv, a line an alarm. Both are small and written whole after each change, so that a kill leaves the old or the
// new file. Rows after the last finished epoch are dropped when a run is resumed: it takes those epochs again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ootd/train/epoch_alarms.h"

namespace ootd {

class AlarmLog {
 public:
  // epochs_done: those whose weights the run goes on from; 0 for a new run, which starts empty files. The files of a
  // resumed run that cannot be read count as empty.
  AlarmLog(const std::filesystem::path& folder, int epochs_done);

  // Whether the state before the first step is known; if not, add(EpochStats{.epoch = 0}) before it.
  bool has_start() const { return !history_.empty(); }
  const std::vector<EpochStats>& history() const { return history_; }

  // Returns (and writes) the alarms that are new.
  std::vector<Alarm> add(const EpochStats& stats);
  // One that comes from elsewhere; one that stands there already is not written twice.
  void add(const Alarm& alarm);

 private:
  void write() const;

  std::filesystem::path folder_;
  std::vector<EpochStats> history_;
  std::vector<std::string> alarms_;  // lines
};

}  // namespace ootd
