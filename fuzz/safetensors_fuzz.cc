// libFuzzer target: any bytes behind a safetensors header are weights under canonical names, or an Error.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. fuzz/safetensors_fuzz.cc ootd/models/*.cc \
//     ootd/base/*.cc -o safetensors_fuzz
//   ./safetensors_fuzz -max_len=8192 CORPUS fuzz/seeds/safetensors
#include <cstring>
#include <vector>

#include "fuzz/weights_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  ootd::fuzz::read_as_weights(bytes, size);
  // The header's size set right: else the fuzzer has to learn to count before it can change the header's length.
  const void* end = size > 8 ? memrchr(bytes + 8, '}', size - 8) : nullptr;
  if (end == nullptr) return 0;
  std::vector<std::uint8_t> fitted(bytes, bytes + size);
  const std::uint64_t header = static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(end) - bytes) - 8 + 1;
  std::memcpy(fitted.data(), &header, sizeof header);
  ootd::fuzz::read_as_weights(fitted.data(), fitted.size());
  return 0;
}
