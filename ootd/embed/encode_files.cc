#include "ootd/embed/encode_files.h"

#include <exception>
#include <mutex>
#include <thread>

#include "ootd/base/channel.h"
#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/image/preprocess.h"

namespace ootd {
namespace {

constexpr std::size_t kWaitingResults = 512;

}  // namespace

Image load_for(const Encoder& encoder, const std::filesystem::path& file, const DecodeLimits& limits) {
  return decode_for(read_file(file, limits.max_bytes), file.string(), encoder.input(), limits);
}

void encode_files(const Encoder& encoder, const std::function<std::optional<FileJob>()>& next,
                  const std::function<void(FileResult)>& done, const DecodeLimits& limits) {
  Channel<FileResult> results(kWaitingResults);
  std::mutex mutex;
  std::exception_ptr failure;  // guarded by mutex
  const auto fail = [&] {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
    results.close();
  };
  // One worker more than streams: while one waits for the disk, every stream still has a picture.
  const int workers = encoder.parallel() + 1;
  int working = workers;  // guarded by mutex
  const auto work = [&] {
    try {
      for (;;) {
        FileResult result;
        {
          const std::lock_guard lock(mutex);
          auto job = failure ? std::nullopt : next();
          if (!job) break;
          result.job = std::move(*job);
        }
        try {
          const Image image = load_for(encoder, result.job.file, limits);
          const Matrix vector = encoder.encode({&image, 1});
          result.vector.assign(vector.row(0).begin(), vector.row(0).end());
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
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) threads.emplace_back(work);
  try {
    while (auto result = results.pop()) done(std::move(*result));
  } catch (...) {
    fail();
  }
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ootd
