#include "ootd/serve/metrics.h"

#include <cstdio>

namespace ootd {
namespace {

// The shortest form that reads well in a label: 0.0025, 10.
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

void Metrics::count(const std::string& route, int status, std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  Latency& latency = latency_[route];
  for (std::size_t i = 0; i < kBuckets.size(); ++i) latency.at_most[i] += seconds <= kBuckets[i] ? 1 : 0;
  ++latency.all;
  latency.sum_s += seconds;
}

std::string Metrics::text(const Levels& levels) const {
  std::string text =
      "# HELP ootd_connections Open connections.\n# TYPE ootd_connections gauge\nootd_connections " +
      std::to_string(levels.connections) +
      "\n# HELP ootd_queue_depth Requests waiting for or in a pool of threads.\n# TYPE ootd_queue_depth gauge\n";
  for (const auto& [pool, depth] : levels.queue_depths)
    text += "ootd_queue_depth{pool=\"" + std::string(pool) + "\"} " + std::to_string(depth) + "\n";
  text += "# HELP ootd_requests_total Answered requests.\n# TYPE ootd_requests_total counter\n";
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : requests_)
    text += "ootd_requests_total{route=\"" + key.first + "\",status=\"" + std::to_string(key.second) + "\"} " +
            std::to_string(count) + "\n";
  text +=
      "# HELP ootd_request_seconds From the whole request's arrival to its answer's last byte.\n"
      "# TYPE ootd_request_seconds histogram\n";
  for (const auto& [route, latency] : latency_) {
    const std::string label = "{route=\"" + route + "\"";
    for (std::size_t i = 0; i < kBuckets.size(); ++i)
      text += "ootd_request_seconds_bucket" + label + ",le=\"" + number(kBuckets[i]) + "\"} " +
              std::to_string(latency.at_most[i]) + "\n";
    text += "ootd_request_seconds_bucket" + label + ",le=\"+Inf\"} " + std::to_string(latency.all) + "\n";
    text += "ootd_request_seconds_sum" + label + "} " + number(latency.sum_s) + "\n";
    text += "ootd_request_seconds_count" + label + "} " + std::to_string(latency.all) + "\n";
  }
  return text;
}

}  // namespace ootd
