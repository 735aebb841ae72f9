// Ctrl-C as ordinary code.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace ootd {

// The first SIGINT or SIGTERM asks for a stop, the next one ends the program as it would without this. Both are blocked
// in the thread that makes this and in those that it starts later, and waited for in a thread of their own, where
// std::stop_callback runs. One at a time.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  sigset_t signals_ = {}, blocked_before_ = {};
  std::stop_source stop_;
  std::jthread thread_;
};

}  // namespace ootd
