#include "ootd/train/prefetch.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "ootd/base/error.h"

namespace ootd {

struct Prefetch::Impl {
  const std::function<std::size_t(std::int64_t)> plan;
  const std::function<void(std::int64_t, std::size_t)> make;
  const std::int64_t last_step;
  static constexpr std::int64_t kAhead = 3;  // steps

  std::mutex mutex;
  std::condition_variable changed;
  struct Pending {
    std::size_t size = 0, taken = 0, done = 0;
  };
  std::map<std::int64_t, Pending> pending;  // guarded by mutex, as is all below
  std::int64_t wanted;                      // the step that next() gives out
  std::int64_t planned;                     // the first step that nobody planned yet
  std::exception_ptr problem;
  bool stopping = false;
  std::vector<std::thread> threads;

  // The next picture to make, if one may be made now.
  std::optional<std::pair<std::int64_t, std::size_t>> take(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      if (stopping) return std::nullopt;
      for (auto& [step, pictures] : pending)
        if (pictures.taken < pictures.size) return std::pair{step, pictures.taken++};
      if (planned < last_step && planned < wanted + kAhead) {
        pending[planned].size = plan(planned);
        ++planned;
        changed.notify_all();
        continue;
      }
      changed.wait(lock);
    }
  }

  void work() {
    std::unique_lock lock(mutex);
    try {
      while (const auto job = take(lock)) {
        lock.unlock();
        make(job->first, job->second);
        lock.lock();
        Pending& pictures = pending.at(job->first);
        if (++pictures.done == pictures.size) changed.notify_all();
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      problem = std::current_exception();
      changed.notify_all();
    }
  }
};

Prefetch::Prefetch(std::function<std::size_t(std::int64_t)> plan, std::function<void(std::int64_t, std::size_t)> make,
                   std::int64_t first_step, std::int64_t last_step, int threads)
    : impl_(new Impl{.plan = std::move(plan),
                     .make = std::move(make),
                     .last_step = last_step,
                     .mutex = {},
                     .changed = {},
                     .pending = {},
                     .wanted = first_step,
                     .planned = first_step,
                     .problem = {},
                     .threads = {}}) {
  for (int t = 0; t < std::max(1, threads); ++t) impl_->threads.emplace_back([this] { impl_->work(); });
}

Prefetch::~Prefetch() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

std::int64_t Prefetch::next() {
  std::unique_lock lock(impl_->mutex);
  const std::int64_t step = impl_->wanted;
  if (step >= impl_->last_step) throw Error(Kind::kInternal, "Prefetch: no step is left");
  impl_->changed.wait(lock, [&] {
    const auto found = impl_->pending.find(step);
    return impl_->problem != nullptr || (found != impl_->pending.end() && found->second.done == found->second.size);
  });
  if (impl_->problem != nullptr) std::rethrow_exception(impl_->problem);
  impl_->pending.erase(step);
  ++impl_->wanted;
  impl_->changed.notify_all();
  return step;
}

}  // namespace ootd
