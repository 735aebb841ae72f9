// Threads that make the pictures of coming batches while the training loop computes. What a batch is, is the caller's;
// the order in which threads take pictures changes nothing.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "ootd/base/error.h"

namespace ootd {

// A generator's seed for one picture, so that threads may take pictures in any order.
inline std::uint64_t picture_seed(std::uint64_t run_seed, std::int64_t step, std::size_t position) {
  return run_seed ^ (static_cast<std::uint64_t>(step) * 0x9E3779B97F4A7C15u + position * 0xBF58476D1CE4E5B9u);
}

// Batch: movable, its size() is the number of its pictures.
template <class Batch>
class Prefetch {
 public:
  using Plan = std::function<Batch(std::int64_t step)>;
  using Make = std::function<void(Batch& batch, std::int64_t step, std::size_t position)>;

  // plan(): the batch with room for its pictures; once a step, in order, by one thread at a time. make(): puts one
  // picture there; on any thread, for several pictures at once.
  Prefetch(Plan plan, Make make, std::int64_t first_step, std::int64_t last_step, int threads)
      : plan_(std::move(plan)), make_(std::move(make)), last_step_(last_step), wanted_(first_step), next_(first_step) {
    for (int t = 0; t < std::max(1, threads); ++t) threads_.emplace_back([this] { work(); });
  }
  ~Prefetch() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  // Waits until the next step's pictures are made; rethrows what a thread met.
  Batch next() {
    std::unique_lock lock(mutex_);
    if (wanted_ >= last_step_) throw Error(Kind::kInternal, "Prefetch: no step is left");
    changed_.wait(lock, [&] {
      const auto found = pending_.find(wanted_);
      return problem_ != nullptr || (found != pending_.end() && found->second.done == found->second.batch.size());
    });
    if (problem_ != nullptr) std::rethrow_exception(problem_);
    Batch batch = std::move(pending_.extract(wanted_).mapped().batch);
    ++wanted_;
    changed_.notify_all();
    return batch;
  }

 private:
  static constexpr std::int64_t kAhead = 3;  // steps

  struct Pending {
    Batch batch;
    std::size_t taken = 0, done = 0;
  };
  struct Job {
    Pending* pending = nullptr;
    std::int64_t step = 0;
    std::size_t position = 0;
  };

  // The next picture to make, if one may be made now. With mutex_ held.
  std::optional<Job> take(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      if (stopping_) return std::nullopt;
      for (auto& [step, pending] : pending_)
        if (pending.taken < pending.batch.size()) return Job{&pending, step, pending.taken++};
      if (next_ < last_step_ && next_ < wanted_ + kAhead) {
        pending_.emplace(next_, Pending{plan_(next_)});
        ++next_;
        changed_.notify_all();
        continue;
      }
      changed_.wait(lock);
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    try {
      while (const auto job = take(lock)) {
        lock.unlock();
        make_(job->pending->batch, job->step, job->position);
        lock.lock();
        if (++job->pending->done == job->pending->batch.size()) changed_.notify_all();
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      problem_ = std::current_exception();
      changed_.notify_all();
    }
  }

  const Plan plan_;
  const Make make_;
  const std::int64_t last_step_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Pending> pending_;  // guarded by mutex_, as is all below; entries stay where they are
  std::int64_t wanted_;                      // the step that next() gives out
  std::int64_t next_;                        // the first step that nobody planned yet
  std::exception_ptr problem_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ootd
