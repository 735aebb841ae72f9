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

class RunLog {
 public:
  // Keeps the lines of steps before first_step, which a resumed run does not take again.
  // metrics: what an epoch is measured by; columns of metrics.csv.
  RunLog(const std::filesystem::path& folder, std::int64_t first_step, std::vector<std::string> metrics);

  void add(const StepReport& report);
  // values: of the metrics, in their order.
  void add_epoch(int epoch, const std::vector<double>& values, bool best);

 private:
  const std::vector<std::string> metrics_;
  std::ofstream steps_, epochs_;
  EventFile events_;
  std::int64_t last_step_ = -1;
};

}  // namespace ootd
