// One job a row, looked up some thousand at a time: while results are being committed the catalog is locked, and
// workers that asked it for every photo would stand still.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

// The `next` of run_jobs(). Rows of which job_of gives nothing are left out; after a stop there are no more. rows
// outlives it.
template <class Job>
std::function<std::optional<Job>()> jobs_of_rows(const std::vector<Row>& rows,
                                                 std::function<std::optional<Job>(Row)> job_of, std::stop_token stop) {
  constexpr std::size_t kPage = 4096;
  struct State {
    std::vector<Job> page;
    std::size_t next_row = 0, next_job = 0;
  };
  return [&rows, job_of = std::move(job_of), stop = std::move(stop),
          state = std::make_shared<State>()]() -> std::optional<Job> {
    if (stop.stop_requested()) return std::nullopt;
    if (state->next_job == state->page.size()) {
      *state = {{}, state->next_row, 0};
      for (; state->next_row < rows.size() && state->page.size() < kPage; ++state->next_row)
        if (auto job = job_of(rows[state->next_row])) state->page.push_back(*std::move(job));
      if (state->page.empty()) return std::nullopt;
    }
    return state->page[state->next_job++];
  };
}

}  // namespace ootd
