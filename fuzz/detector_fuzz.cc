// libFuzzer target: any bytes are an ONNX file whose header and metadata can be asked, or an Error; any JSON is a
// detector's configuration that can be written and read again, or an Error.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. fuzz/detector_fuzz.cc ootd/models/*.cc \
//     ootd/base/*.cc -o detector_fuzz
//   ./detector_fuzz -max_len=8192 CORPUS fuzz/seeds/detector
#include <cstdlib>

#include "ootd/base/error.h"
#include "ootd/models/detector_family.h"

namespace {

using namespace ootd;

template <class Read>
void expect_result_or_error(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.kind() != Kind::kInput) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  expect_result_or_error([&] {
    const OnnxHeader header = read_onnx_header(std::as_bytes(std::span(bytes, size)), "fuzz");
    recognize_family(header, 0);
    recognize_family(header, 7);
    for (const auto& [key, text] : header.metadata) expect_result_or_error([&] { parse_python_names(text, "fuzz"); });
    DetectorInput input;
    read_graph_size(header, "fuzz", input);
    if (input.width < 1 || input.height < 1) std::abort();
  });
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  expect_result_or_error([&] { parse_python_names(text, "fuzz"); });
  Json json;
  try {
    json = parse_json(text, "fuzz");
  } catch (const Error&) {
    return 0;
  }
  expect_result_or_error([&] {
    const DetectorConfig config = parse_detector_config(json, "fuzz");
    // A second reading of what was written finds the same.
    if (to_json(parse_detector_config(to_json(config), "written")) != to_json(config)) std::abort();
  });
  expect_result_or_error([&] { read_id2label(Fields(json, "fuzz")); });
  expect_result_or_error([&] {
    DetectorInput input;
    read_detector_preprocessor(Fields(json, "fuzz"), input);
  });
  return 0;
}
