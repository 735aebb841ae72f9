// Turns texts into the ids that a text tower takes: SigLIP's by SentencePiece, CLIP's by byte pairs (byte_pairs.h).
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
  int length = 64;                              // ids per text: the text tower's context
  Cleaning cleaning = Cleaning::kCanonicalize;  // kClip and kOpenClip: the tokenizer is CLIP's
  // SigLIP's, where the folder does not say which tokens these are. SigLIP 1: both 1 ("</s>"); SigLIP-2: 0 and 1.
  std::int64_t pad = 1;
  std::int64_t eos = 1;
};

// Threads: const calls may run on many threads at once.
// Cost:    opening reads the whole vocabulary (32k pieces: tens of milliseconds); a text takes microseconds.
class Tokenizer {
 public:
  // The longest text, in bytes; a caption has a hundred, and the towers see no more than 64 pieces.
  static constexpr std::size_t kMaxTextBytes = 1 << 16;

  // For SigLIP the folder holds the first of
  //   spiece.model, tokenizer.model   SentencePiece, unigram or BPE
  //   tokenizer.json                  of the tokenizers library, if it was made from a SentencePiece model
  // for CLIP what byte_pairs.h says. It may name its pad_token, eos_token and (CLIP) bos_token in
  // tokenizer_config.json or special_tokens_map.json.
  // Throws Error: kNotFound if there is no such file; kInput, naming the file, if it is damaged or of another kind.
  Tokenizer(const std::filesystem::path& folder, TokenizerConfig config);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // Exactly config.length ids: (CLIP) one bos, the text's pieces, cut so that one eos follows, then pads: CLIP's are
  // eos where transformers cleans and no pad_token is named, 0 with open_clip. A token's name in the text ("</s>",
  // "<|endoftext|>") is text. Throws Error(kInput) if the text is longer than kMaxTextBytes.
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
