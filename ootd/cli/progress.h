// Progress on stderr, and how Ctrl-C ends a stage.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ootd/base/progress.h"
#include "ootd/cli/stop_on_signal.h"

namespace ootd {

std::string duration_text(double seconds);  // "2:31", "1:02:31"

// On a terminal one line that is drawn over, with rate and time left; elsewhere a plain line now and then. One thread.
class ProgressLine {
 public:
  // already: how many were done before; the rate leaves them out.
  explicit ProgressLine(std::string what, std::string unit = "images", std::int64_t already = 0);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // total = 0: not known yet.
  void update(std::int64_t done, std::int64_t total);
  double seconds() const;

 private:
  void draw(std::int64_t done, std::int64_t total);

  const std::string what_, unit_;
  const std::int64_t already_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  std::int64_t done_ = 0, total_ = 0;
  bool any_ = false;
};

// A stage as a verb runs it: a line for each part, if it is to be shown; the first SIGINT or SIGTERM makes it throw
// Stopped.
class ShownStage {
 public:
  explicit ShownStage(bool shown) : shown_(shown) {}

  Progress progress();                // lives no longer than this
  void end_line() { line_.reset(); }  // before anything else is printed

 private:
  const bool shown_;
  const StopOnSignal stopper_;
  std::optional<ProgressLine> line_;
  std::string part_;
  std::int64_t done_ = 0;
};

template <class Stage>
auto run_stage(bool shown, const Stage& stage) {
  ShownStage shown_stage(shown);
  return stage(shown_stage.progress());
}

}  // namespace ootd
