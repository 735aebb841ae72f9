// Turns texts into the ids that a SigLIP text tower takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/text/clean_text.h"

namespace ootd {

struct TokenizerConfig {
  int length = 64;  // ids per text: the text tower's context
  Cleaning cleaning = Cleaning::kCanonicalize;
  // Where the folder does not say which tokens these are. SigLIP: both 1 ("</s>"); SigLIP-2: 0 and 1.
  std::int64_t pad = 1;
  std::int64_t eos = 1;
};

// Threads: const calls may run on many threads at once.
// Cost:    opening reads the whole vocabulary (32k pieces: tens of milliseconds); a text takes microseconds.
class Tokenizer {
 public:
  // The longest text, in bytes; a caption has a hundred, and the towers see no more than 64 pieces.
  static constexpr std::size_t kMaxTextBytes = 1 << 16;

  // The folder holds the first of
  //   spiece.model, tokenizer.model   SentencePiece, unigram or BPE
  //   tokenizer.json                  of the tokenizers library, if it was made from a SentencePiece model
  // and may name its pad_token and eos_token in tokenizer_config.json or special_tokens_map.json.
  // Throws Error: kNotFound if there is no such file; kInput, naming the file, if it is damaged or of another kind.
  Tokenizer(const std::filesystem::path& folder, TokenizerConfig config);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // Exactly config.length ids: the text's pieces, cut to length - 1, then one eos, then pads. No bos; a token name in
  // the text ("</s>") is text. Throws Error(kInput) if the text is longer than kMaxTextBytes.
  std::vector<std::int64_t> encode(std::string_view text) const;

  // The pieces of the cleaned text, uncut, as they are written in the vocabulary; runs without a piece as they are.
  std::vector<std::string> pieces(std::string_view text) const;

  std::size_t vocabulary_size() const;  // ids lie in [0, vocabulary_size())
  std::int64_t pad() const;
  std::int64_t eos() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
