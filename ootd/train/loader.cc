#include "ootd/train/loader.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/image/preprocess.h"

namespace ootd {
namespace {

Image gray(const InputSpec& input) {
  Image image{input.width, input.height, {}};
  image.rgb.assign(static_cast<std::size_t>(input.width) * static_cast<std::size_t>(input.height) * 3, 128);
  return image;
}

std::size_t picture_floats(const InputSpec& input) {
  return static_cast<std::size_t>(3) * static_cast<std::size_t>(input.width) * static_cast<std::size_t>(input.height);
}

}  // namespace

struct Loader::Impl {
  const std::vector<Sample>& samples;
  const InputSpec input;
  const AugmentConfig config;
  const std::uint64_t seed;
  const std::function<std::vector<std::size_t>(std::int64_t)> plan;
  const std::int64_t last_step;
  static constexpr std::int64_t kAhead = 3;  // batches

  mutable std::mutex mutex;
  std::condition_variable changed;
  struct Pending {
    PictureBatch batch;
    std::size_t next = 0, done = 0;
  };
  std::map<std::int64_t, Pending> pending;  // guarded by mutex, as is all below
  std::int64_t wanted;                      // the step that next() gives out
  std::int64_t planned;                     // the first step that nobody planned yet
  std::vector<std::string> unreadable;
  std::exception_ptr problem;
  bool stopping = false;
  std::vector<std::thread> threads;

  Impl(const std::vector<Sample>& all, const InputSpec& spec, const AugmentConfig& augmentation, std::uint64_t run_seed,
       std::function<std::vector<std::size_t>(std::int64_t)> planner, std::int64_t first, std::int64_t last)
      : samples(all),
        input(spec),
        config(augmentation),
        seed(run_seed),
        plan(std::move(planner)),
        last_step(last),
        wanted(first),
        planned(first) {}

  Image picture(const Sample& sample, std::int64_t step, std::size_t position) {
    // One generator a picture: threads may take them in any order.
    Random random(seed ^ (static_cast<std::uint64_t>(step) * 0x9E3779B97F4A7C15u + position * 0xBF58476D1CE4E5B9u));
    try {
      const Image image = decode_image(read_file(sample.file), sample.file.string());
      return augment(image, sample.garments, input, config, random);
    } catch (const Error& error) {
      const std::lock_guard lock(mutex);
      unreadable.emplace_back(error.what());
      return gray(input);
    }
  }

  // The next picture to make, if one may be made now.
  std::optional<std::pair<std::int64_t, std::size_t>> take(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      if (stopping) return std::nullopt;
      for (auto& [step, batch] : pending)
        if (batch.next < batch.batch.samples.size()) return std::pair{step, batch.next++};
      if (planned < last_step && planned < wanted + kAhead) {
        Pending batch;
        batch.batch.step = planned;
        batch.batch.samples = plan(planned);
        batch.batch.pixels.resize(batch.batch.samples.size() * picture_floats(input));
        pending.emplace(planned++, std::move(batch));
        continue;
      }
      changed.wait(lock);
    }
  }

  void work() {
    std::unique_lock lock(mutex);
    try {
      while (const auto job = take(lock)) {
        const auto [step, position] = *job;
        PictureBatch& batch = pending.at(step).batch;  // stays where it is until it is whole
        lock.unlock();
        const Image image = picture(samples[batch.samples[position]], step, position);
        const std::size_t size = picture_floats(input);
        normalize_chw(image, input, std::span(batch.pixels).subspan(position * size, size));
        lock.lock();
        if (++pending.at(step).done == batch.samples.size()) changed.notify_all();
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      problem = std::current_exception();
      changed.notify_all();
    }
  }
};

Loader::Loader(const std::vector<Sample>& samples, const InputSpec& input, const AugmentConfig& augment,
               std::uint64_t seed, std::function<std::vector<std::size_t>(std::int64_t)> plan, std::int64_t first_step,
               std::int64_t last_step, int threads)
    : impl_(std::make_unique<Impl>(samples, input, augment, seed, std::move(plan), first_step, last_step)) {
  for (int t = 0; t < std::max(1, threads); ++t) impl_->threads.emplace_back([this] { impl_->work(); });
}

Loader::~Loader() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

PictureBatch Loader::next() {
  std::unique_lock lock(impl_->mutex);
  const std::int64_t step = impl_->wanted;
  if (step >= impl_->last_step) throw Error(Kind::kInternal, "Loader: no step is left");
  impl_->changed.wait(lock, [&] {
    const auto found = impl_->pending.find(step);
    return impl_->problem != nullptr ||
           (found != impl_->pending.end() && found->second.done == found->second.batch.samples.size());
  });
  if (impl_->problem != nullptr) std::rethrow_exception(impl_->problem);
  PictureBatch batch = std::move(impl_->pending.extract(step).mapped().batch);
  ++impl_->wanted;
  impl_->changed.notify_all();
  return batch;
}

std::vector<std::string> Loader::broken() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->unreadable;
}

std::vector<float> fitted_pixels(const std::vector<Sample>& samples, const std::vector<std::size_t>& numbers,
                                 const InputSpec& input, int threads) {
  const std::size_t size = picture_floats(input);
  std::vector<float> pixels(numbers.size() * size);
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (int t = 0; t < std::max(1, threads); ++t)
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < numbers.size(); i = next++) {
        Image image;
        try {
          const auto& file = samples[numbers[i]].file;
          image = fit_to(decode_for(read_file(file), file.string(), input), input);
        } catch (const Error&) {
          image = gray(input);  // the training loop has named it already
        }
        normalize_chw(image, input, std::span(pixels).subspan(i * size, size));
      }
    });
  for (auto& worker : workers) worker.join();
  return pixels;
}

}  // namespace ootd
