// Counts and times of requests, as Prometheus text (exposition format 0.0.4). Threads: any, at once.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ootd {

class Metrics {
 public:
  // Upper bounds of the latency buckets, seconds.
  static constexpr std::array<double, 10> kBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10};

  // route: a pattern of the route table, so that the number of series is bounded.
  void count(const std::string& route, int status, std::chrono::nanoseconds took);

  // What is not counted here.
  struct Levels {
    std::size_t connections = 0;
    std::vector<std::pair<std::string_view, std::size_t>> queue_depths;  // by pool
  };
  std::string text(const Levels& levels) const;

 private:
  struct Latency {
    std::array<std::uint64_t, kBuckets.size()> at_most = {};  // cumulative, as Prometheus wants it
    std::uint64_t all = 0;
    double sum_s = 0;
  };
  mutable std::mutex mutex_;  // guards the two below
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, Latency> latency_;
};

}  // namespace ootd
