// libFuzzer target: any bytes as a tokenizer.json (SigLIP's, CLIP's), as a spiece.model, as OpenAI's list of merges and
// as a text give ids or an Error.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. fuzz/tokenizer_fuzz.cc ootd/text/*.cc \
//     ootd/base/{gzip,io,json,unicode}.cc $(pkg-config --cflags --libs sentencepiece libutf8proc zlib) -o
//     tokenizer_fuzz
//   ./tokenizer_fuzz -max_len=65536 -rss_limit_mb=4096 CORPUS  # files of tests/golden with a first byte J, C, M, G or
//   T in front
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/unicode.h"
#include "ootd/text/tokenizer.h"

namespace {

constexpr std::string_view kText = "Robe d’été, size 38 ½ \xf0\x9f\x91\x97 ﬁt\n\n\n  zzqx \xff";

const std::filesystem::path& folder() {
  static const auto made = [] {
    auto path = std::filesystem::temp_directory_path() / ("tokenizer_fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(path);
    return path;
  }();
  return made;
}

void open_and_encode(const char* name, std::string_view bytes, ootd::Cleaning cleaning) {
  const auto file = folder() / name;
  ootd::write_file_atomically(file, std::as_bytes(std::span(bytes)), /*durable=*/false);
  try {
    const ootd::Tokenizer tokenizer(folder(), {.cleaning = cleaning});
    for (const std::int64_t id : tokenizer.encode(kText))
      if (id < 0 || id >= static_cast<std::int64_t>(tokenizer.vocabulary_size())) std::abort();
  } catch (const ootd::Error& error) {
    if (error.kind() != ootd::Kind::kInput) std::abort();
  }
  std::filesystem::remove(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0]) {
    case 'J':
      open_and_encode("tokenizer.json", rest, ootd::Cleaning::kCanonicalize);
      break;
    case 'C':
      open_and_encode("tokenizer.json", rest, ootd::Cleaning::kClip);
      break;
    case 'G':
      open_and_encode("bpe_simple_vocab_16e6.txt.gz", rest, ootd::Cleaning::kOpenClip);
      break;
    case 'M':
      open_and_encode("spiece.model", rest, ootd::Cleaning::kCanonicalize);
      break;
    default:
      for (const auto cleaning : {ootd::Cleaning::kCanonicalize, ootd::Cleaning::kSiglip, ootd::Cleaning::kLowercase,
                                  ootd::Cleaning::kClip, ootd::Cleaning::kOpenClip})
        if (!ootd::is_utf8(ootd::clean_text(rest, cleaning))) std::abort();
  }
  return 0;
}
