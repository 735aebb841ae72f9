#include "ootd/detect/detect_files.h"

#include "ootd/base/io.h"
#include "ootd/base/job_pool.h"

namespace ootd {

void detect_files(const OutfitFinder& finder, const std::function<std::optional<PhotoJob>()>& next,
                  const std::function<void(PhotoResult)>& done, const std::function<void(const PhotoResult&)>& also,
                  const DecodeLimits& limits) {
  // One thread more than streams: while one waits for the disk, every stream still has a picture.
  run_jobs<PhotoResult>(
      finder.detector().parallel() + 1, next,
      [&](PhotoResult& result) {
        const auto& file = result.job.file;
        result.photo = finder.look(read_file(file, limits.max_bytes), file.string(), limits);
        if (also) also(result);
      },
      done);
}

}  // namespace ootd
