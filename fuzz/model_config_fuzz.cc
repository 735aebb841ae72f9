// libFuzzer target: any JSON given to each reader of configurations (ours, open_clip's, transformers', the
// pre-processor's, the tokenizer's, the index of shards) is one that can be described and written again, or an Error.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. fuzz/model_config_fuzz.cc ootd/models/*.cc \
//     ootd/base/*.cc -o model_config_fuzz
//   ./model_config_fuzz -max_len=4096 CORPUS fuzz/seeds/model_config
#include <cstdlib>

#include "ootd/base/error.h"
#include "ootd/models/foreign_config.h"
#include "ootd/models/shards.h"

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

void describe(const ModelConfig& config) {
  if (parameter_count(config) < 0 || describe_image(config).multiply_adds() < 0 ||
      describe_text(config).multiply_adds() < 0)
    std::abort();
}

void describe_siglip(ModelConfig config) {
  config.architecture = find_architecture("siglip_b16");
  check_sizes(config, "fuzz");
  describe(config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  expect_result_or_error([&] { parse_index(text, "fuzz"); });
  Json json;
  try {
    json = parse_json(text, "fuzz");
  } catch (const Error&) {
    return 0;
  }
  expect_result_or_error([&] {
    const ModelConfig config = parse_model_config(json, "fuzz");
    // A second reading of what was written finds the same.
    if (to_json(parse_model_config(to_json(config), "written")) != to_json(config)) std::abort();
    describe(config);
  });
  const auto each = [&](auto read) { expect_result_or_error([&] { read(Fields(json, "fuzz")); }); };
  each([](const Fields& file) {
    ModelConfig config;
    read_open_clip_config(file, config);
    describe_siglip(config);
  });
  each([](const Fields& file) {
    ModelConfig config;
    read_transformers_config(file, config);
    describe_siglip(config);
  });
  each([](const Fields& file) { read_preprocessor_config(file); });
  each([](const Fields& file) { read_cleaning(file, 32'000); });
  return 0;
}
