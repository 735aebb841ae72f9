// libFuzzer target: any bytes give a picture within the limits or an Error, for full and for reduced decoding.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. fuzz/decode_fuzz.cc ootd/image/*.cc \
//     $(pkg-config --cflags --libs vips libjpeg) -o decode_fuzz
//   ./decode_fuzz -detect_leaks=0 -max_len=65536 -rss_limit_mb=4096 CORPUS  # a few small pictures of each format
// Leaks are off because libheif 1.15 does not free what it hands to dav1d when an AVIF is damaged.
#include <cstdlib>

#include "ootd/base/error.h"
#include "ootd/image/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const ootd::DecodeLimits limits{.max_pixels = 1'000'000, .own_file = true};
  const auto input = std::as_bytes(std::span(bytes, size));
  for (const int enough : {0, 16}) {
    try {
      const ootd::Image image = ootd::decode_image(input, "fuzz", limits, enough, enough);
      const std::int64_t pixels = std::int64_t{image.width} * image.height;
      if (pixels <= 0 || pixels > limits.max_pixels || image.rgb.size() != static_cast<std::size_t>(pixels) * 3)
        std::abort();
    } catch (const ootd::Error& error) {
      if (error.kind() != ootd::Kind::kInput) std::abort();
    }
  }
  return 0;
}
