// What a run leaves to read: log.csv, a line a step, metrics.csv, a line an epoch, and both for TensorBoard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ootd/train/event_file.h"
#include "ootd/train/train.h"

namespace ootd {

// The lines of a CSV file that begin with a number below `end`, without its heading; none if there is no such file. A
// kill may have left the last one half.
std::vector<std::string> lines_before(const std::filesystem::path& file, std::int64_t end);

class RunLog {
 public:
  // Keeps the lines of steps before first_step, which a resumed run does not take again.
  // metrics: what an epoch is measured by; columns of metrics.csv.
  RunLog(const std::filesystem::path& folder, std::int64_t first_step, std::vector<std::string> metrics);

  void add(const StepReport& report);
  // values: of the metrics, in their order. All lines are in the files when it returns; throws Error(kUnavailable) if
  // they cannot be written.
  void add_epoch(int epoch, const std::vector<double>& values, bool best);

 private:
  const std::filesystem::path folder_;
  const std::vector<std::string> metrics_;
  std::ofstream steps_, epochs_;
  EventFile events_;
  std::int64_t last_step_ = -1;
};

}  // namespace ootd
