// Threads that make the pictures of coming steps while the training loop computes. Which pictures those are, and what
// becomes of them, is the caller's; the order in which threads take them changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace ootd {

// A generator's seed for one picture, so that threads may take pictures in any order.
inline std::uint64_t picture_seed(std::uint64_t run_seed, std::int64_t step, std::size_t position) {
  return run_seed ^ (static_cast<std::uint64_t>(step) * 0x9E3779B97F4A7C15u + position * 0xBF58476D1CE4E5B9u);
}

class Prefetch {
 public:
  // plan(step): makes room for the step's pictures and returns how many; called once a step, in order, by one thread at
  // a time. make(step, position): called on any thread, for all positions of planned steps.
  Prefetch(std::function<std::size_t(std::int64_t step)> plan,
           std::function<void(std::int64_t step, std::size_t position)> make, std::int64_t first_step,
           std::int64_t last_step, int threads);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  // Waits until the next step's pictures are made, and returns its number; rethrows what a thread met.
  std::int64_t next();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
