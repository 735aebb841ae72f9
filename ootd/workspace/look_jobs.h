// One job a look, each looked up when a worker asks for it.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

// The `next` of run_jobs(). Looks of which job_of gives nothing are left out; after a stop there are no more. looks
// outlives it.
template <class Job>
std::function<std::optional<Job>()> jobs_of_looks(const std::vector<LookKey>& looks,
                                                  std::function<std::optional<Job>(LookKey)> job_of,
                                                  std::stop_token stop) {
  return [&looks, job_of = std::move(job_of), stop = std::move(stop), next = std::size_t{0}]() mutable {
    while (!stop.stop_requested() && next < looks.size())
      if (auto job = job_of(looks[next++])) return job;
    return std::optional<Job>();
  };
}

}  // namespace ootd
