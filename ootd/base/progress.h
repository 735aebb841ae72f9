// How long work tells how far it is, and how it is asked to stop: the one pair that every stage takes.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string_view>

namespace ootd {

// What a stage throws that was asked to stop, after it finished what was under way and stored what was done. Not an
// Error: nothing is wrong, and the loops that note a bad photo and go on must let it through.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Threads: a stage calls on_update from one thread, its caller's; stop may be requested from any.
struct Progress {
  // part: what is being done ("crop", "features"); done starts anew with each. total = 0: not known yet.
  // unit: what is counted. Empty: nobody wants to know.
  std::function<void(std::string_view part, std::int64_t done, std::int64_t total, std::string_view unit)> on_update =
      {};
  std::stop_token stop = {};

  void update(std::string_view part, std::int64_t done, std::int64_t total, std::string_view unit = "images") const {
    if (on_update) on_update(part, done, total, unit);
  }
  // Throws Stopped if that was asked for. message: what becomes of the work.
  void check(
      const char* message = "stopped; what was finished is kept, and the same command goes on from there") const {
    if (stop.stop_requested()) throw Stopped(message);
  }
};

}  // namespace ootd
