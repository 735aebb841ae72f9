// libFuzzer target: any bytes in PyTorch's zip container, in its older stream or as a bare pickle are weights, or an
// Error.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. fuzz/torch_file_fuzz.cc ootd/models/*.cc \
//     ootd/base/*.cc -o torch_file_fuzz
//   ./torch_file_fuzz -max_len=8192 CORPUS fuzz/seeds/torch_file
#include "fuzz/weights_input.h"
#include "ootd/models/pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  ootd::fuzz::read_as_weights(bytes, size);
  try {
    const std::string name = "fuzz";
    ootd::ContainerReader in(std::as_bytes(std::span(bytes, size)), name);
    ootd::pickle::Machine machine;
    machine.run(in);
    machine.storages();
  } catch (const ootd::Error& error) {
    if (error.kind() != ootd::Kind::kInput) std::abort();
  }
  return 0;
}
