// Feeds a training loop: decodes and augments the pictures of coming batches on some threads while the loop computes.
// The pictures of a step follow from the run's seed and the step alone, so a run that is resumed sees the same ones,
// whatever the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "ootd/train/augment.h"
#include "ootd/train/prefetch.h"
#include "ootd/train/sample_set.h"

namespace ootd {

struct PictureBatch {
  std::int64_t step = 0;
  std::vector<std::size_t> samples;  // sample numbers; with two views the second half repeats the first
  std::vector<float> pixels;         // samples.size() x 3 x height x width, normalised as the InputSpec says
  std::size_t size() const { return samples.size(); }
};

class Loader {
 public:
  // plan(step): the sample numbers of a step; called on any thread, pure. samples outlives this.
  Loader(const std::vector<Sample>& samples, const InputSpec& input, const AugmentConfig& augment, std::uint64_t seed,
         std::function<std::vector<std::size_t>(std::int64_t step)> plan, std::int64_t first_step,
         std::int64_t last_step, int threads);

  // The next step's batch, in order; rethrows what a thread met. A photo that cannot be read stands as gray: it was
  // readable when it was imported, and one photo must not end a run of hours. broken() lists them.
  PictureBatch next() { return prefetch_.next(); }
  std::vector<std::string> broken() const;

 private:
  Image picture(const Sample& sample, std::int64_t step, std::size_t position);

  const std::vector<Sample>& samples_;
  const InputSpec input_;
  const AugmentConfig config_;
  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::vector<std::string> broken_;  // guarded by mutex_
  Prefetch<PictureBatch> prefetch_;  // last: its threads use all of the above
};

// Without augmentation, fitted as in serving; for validation. numbers.size() x 3 x height x width.
std::vector<float> fitted_pixels(const std::vector<Sample>& samples, const std::vector<std::size_t>& numbers,
                                 const InputSpec& input, int threads);

}  // namespace ootd
