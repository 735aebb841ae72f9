#include "ootd/embed/encode_files.h"

#include "ootd/base/io.h"
#include "ootd/base/job_pool.h"
#include "ootd/image/preprocess.h"

namespace ootd {

Image load_for(const Encoder& encoder, const std::filesystem::path& file, const DecodeLimits& limits,
               const std::optional<Box>& crop) {
  return decode_for(read_file(file, limits.max_bytes), file.string(), encoder.input(), limits, crop);
}

void encode_files(const Encoder& encoder, const std::function<std::optional<FileJob>()>& next,
                  const std::function<void(FileResult)>& done, const DecodeLimits& limits) {
  // One thread more than streams: while one waits for the disk, every stream still has a picture.
  run_jobs<FileResult>(
      encoder.parallel() + 1, next,
      [&](FileResult& result) {
        const Image image = load_for(encoder, result.job.file, limits, result.job.crop);
        const Matrix vector = encoder.encode({&image, 1});
        result.vector.assign(vector.row(0).begin(), vector.row(0).end());
      },
      done);
}

}  // namespace ootd
