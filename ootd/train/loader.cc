#include "ootd/train/loader.h"

#include <algorithm>
#include <atomic>
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

Loader::Loader(const std::vector<Sample>& samples, const InputSpec& input, const AugmentConfig& augment,
               std::uint64_t seed, std::function<std::vector<std::size_t>(std::int64_t)> plan, std::int64_t first_step,
               std::int64_t last_step, int threads)
    : samples_(samples),
      input_(input),
      config_(augment),
      seed_(seed),
      prefetch_(
          [this, plan = std::move(plan)](std::int64_t step) {
            PictureBatch batch{step, plan(step), {}};
            batch.pixels.resize(batch.size() * picture_floats(input_));
            return batch;
          },
          [this](PictureBatch& batch, std::int64_t step, std::size_t position) {
            const std::size_t size = picture_floats(input_);
            normalize_chw(picture(samples_[batch.samples[position]], step, position), input_,
                          std::span(batch.pixels).subspan(position * size, size));
          },
          first_step, last_step, threads) {}

Image Loader::picture(const Sample& sample, std::int64_t step, std::size_t position) {
  Random random(picture_seed(seed_, step, position));
  try {
    const Image image = decode_image(read_file(sample.file), sample.file.string(), sample.limits);
    return augment(image, sample.garments, sample.crop, input_, config_, random);
  } catch (const Error& error) {
    const std::lock_guard lock(mutex_);
    broken_.emplace_back(error.what());
    return gray(input_);
  }
}

std::vector<std::string> Loader::broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
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
          const Sample& sample = samples[numbers[i]];
          image = fit_to(decode_for(read_file(sample.file), sample.file.string(), input, sample.limits, sample.crop),
                         input);
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
