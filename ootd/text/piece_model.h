// A SentencePiece model in plain values. It comes from a model file or a tokenizer.json, is checked once, and is
// written anew for libsentencepiece, which so never meets the bytes of a file: that library trusts what it loads. File
// format: sentencepiece_model.proto of SentencePiece, the fields that encoding needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ootd {

struct Piece {
  enum class Type { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };
  std::string text;
  float score = 0;  // log-probability (unigram), or minus the rank of the merge that makes the piece (BPE)
  Type type = Type::kNormal;
};

struct PieceModel {
  enum class Algorithm { kUnigram = 1, kBpe = 2 };
  Algorithm algorithm = Algorithm::kUnigram;
  bool byte_fallback = false;         // characters without a piece become the pieces of their bytes, <0x00>..<0xFF>
  bool whitespace_as_suffix = false;  // "a▁" instead of "▁a"
  std::string charsmap;               // normalisation rules, compiled (see charsmap.h); may be empty
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;  // ' ' becomes U+2581
  std::vector<Piece> pieces;       // the index is the id
};

// Throws Error(kInput), starting with `where`, if these are no such bytes. What is read is not checked yet.
PieceModel parse_piece_model(std::string_view bytes, const std::string& where);

// Throws Error(kInput) if libsentencepiece would refuse the model, or read memory that is not its own because of it.
void check_piece_model(const PieceModel& model, const std::string& where);

std::string serialize(const PieceModel& model);

}  // namespace ootd
