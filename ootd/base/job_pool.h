// One pattern for many files: threads take jobs, work on them, and hand the results to the caller, so that what the
// caller does with them overlaps too.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ootd/base/channel.h"
#include "ootd/base/error.h"

namespace ootd {

// Runs every job that `next` hands out (until it returns nothing) on `threads` threads and gives each result to `done`,
// in the order in which they finish. `next` and `done` are called one at a time, `done` on the caller's thread; a slow
// `done` does not stop the threads until some hundred results wait. An Error of `work` (a bad file) is a result with
// its problem; kInternal and whatever `next` or `done` throw end the run and are thrown here.
// Result: has the members `job`, which `work` reads, and `problem`, a string.
template <class Result>
void run_jobs(int threads, const std::function<std::optional<decltype(Result::job)>()>& next,
              const std::function<void(Result&)>& work, const std::function<void(Result)>& done) {
  constexpr std::size_t kWaitingResults = 512;
  Channel<Result> results(kWaitingResults);
  std::mutex mutex;
  std::exception_ptr failure;  // guarded by mutex
  int working = threads;       // guarded by mutex
  const auto fail = [&] {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
    results.close();
  };
  const auto run = [&] {
    try {
      for (;;) {
        Result result;
        {
          const std::lock_guard lock(mutex);
          auto job = failure ? std::nullopt : next();
          if (!job) break;
          result.job = std::move(*job);
        }
        try {
          work(result);
        } catch (const Error& error) {
          if (error.kind() == Kind::kInternal) throw;
          result.problem = error.what();
        }
        if (!results.push(std::move(result))) break;
      }
    } catch (...) {
      fail();
    }
    const std::lock_guard lock(mutex);
    if (--working == 0) results.close();
  };
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) pool.emplace_back(run);
  try {
    while (auto result = results.pop()) done(std::move(*result));
  } catch (...) {
    fail();
  }
  for (auto& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ootd
