// Reads a tokenizer.json (Hugging Face tokenizers) as the SentencePiece model that it was converted from, so that one
// engine serves both files.
#pragma once

#include <string>
#include <string_view>

#include "ootd/text/piece_model.h"

namespace ootd {

struct JsonTokenizer {
  PieceModel model;        // not checked yet
  bool lowercase = false;  // the file lower-cases texts itself, which SentencePiece does not
};

// Understands what transformers writes for T5, SigLIP, Llama and Gemma: a Unigram, or a BPE over characters;
// Precompiled, Strip, Replace of spaces, Prepend and Lowercase; WhitespaceSplit, Metaspace and Split at spaces. The
// post-processor is not read: which ids go round a text is the text tower's matter. A BPE ranks merges, SentencePiece
// ranks pieces: a piece gets the rank of the first merge that makes it. This is the same wherever all ways to make a
// piece are listed, as they are in files that come from SentencePiece. Throws Error(kInput), starting with `where`, for
// anything else, instead of giving other ids in silence.
JsonTokenizer parse_tokenizer_json(std::string_view text, const std::string& where);

}  // namespace ootd
