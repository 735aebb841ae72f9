#include "ootd/text/piece_model.h"

#include <algorithm>
#include <bit>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/base/unicode.h"
#include "ootd/text/charsmap.h"

namespace ootd {
namespace {

using Type = Piece::Type;

// Field numbers of sentencepiece_model.proto.
constexpr std::uint32_t kModelPieces = 1, kModelTrainer = 2, kModelNormalizer = 3;
constexpr std::uint32_t kPieceText = 1, kPieceScore = 2, kPieceType = 3;
constexpr std::uint32_t kTrainerAlgorithm = 3, kTrainerSuffix = 24, kTrainerByteFallback = 35;
constexpr std::uint32_t kNormalizerCharsmap = 2, kNormalizerDummyPrefix = 3, kNormalizerRemoveExtra = 4,
                        kNormalizerEscape = 5;

// --- Protobuf's wire format: a message is a row of (field number, wire type, value)
// -------------------------------------

enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint32_t number = 0;
  Wire wire = Wire::kVarint;
  std::uint64_t integer = 0;  // kVarint, kFixed32
  std::string_view bytes;     // kBytes
};

class MessageReader {
 public:
  MessageReader(std::string_view bytes, const std::string& where) : left_(bytes), where_(where) {}

  bool next(Field& field) {
    if (left_.empty()) return false;
    const std::uint64_t tag = varint();
    if (tag >> 3 == 0 || tag >> 3 >= 1u << 29) fail();
    field = {static_cast<std::uint32_t>(tag >> 3), static_cast<Wire>(tag & 7), 0, {}};
    switch (field.wire) {
      case Wire::kVarint:
        field.integer = varint();
        return true;
      case Wire::kFixed64:
        take(8);
        return true;
      case Wire::kBytes:
        field.bytes = take(varint());
        return true;
      case Wire::kFixed32: {
        std::uint32_t word = 0;
        std::memcpy(&word, take(4).data(), 4);
        field.integer = word;
        return true;
      }
    }
    fail();
  }

  [[noreturn]] void fail() const {
    throw Error(Kind::kInput, where_ + ": is no SentencePiece model, or is truncated; fetch the file again");
  }

 private:
  std::string_view take(std::uint64_t n) {
    if (n > left_.size()) fail();
    const std::string_view run = left_.substr(0, static_cast<std::size_t>(n));
    left_.remove_prefix(run.size());
    return run;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    fail();
  }

  std::string_view left_;
  const std::string& where_;
};

class MessageWriter {
 public:
  void integer(std::uint32_t number, std::uint64_t value) {
    tag(number, Wire::kVarint);
    varint(value);
  }
  void real(std::uint32_t number, float value) {
    tag(number, Wire::kFixed32);
    const auto word = std::bit_cast<std::uint32_t>(value);
    bytes_.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  void bytes(std::uint32_t number, std::string_view value) {
    tag(number, Wire::kBytes);
    varint(value.size());
    bytes_ += value;
  }
  const std::string& done() const { return bytes_; }

 private:
  void tag(std::uint32_t number, Wire wire) { varint(number << 3 | static_cast<std::uint32_t>(wire)); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

// --- Reading
// ------------------------------------------------------------------------------------------------------------

template <class Visit>
void for_each_field(std::string_view bytes, const std::string& where, const Visit& visit) {
  MessageReader reader(bytes, where);
  for (Field field; reader.next(field);) visit(field, reader);
}

void expect(const Field& field, Wire wire, const MessageReader& reader) {
  if (field.wire != wire) reader.fail();
}

Piece parse_piece(std::string_view bytes, const std::string& where) {
  Piece piece;
  for_each_field(bytes, where, [&](const Field& field, const MessageReader& reader) {
    if (field.number == kPieceText) {
      expect(field, Wire::kBytes, reader);
      piece.text = field.bytes;
    } else if (field.number == kPieceScore) {
      expect(field, Wire::kFixed32, reader);
      piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(field.integer));
    } else if (field.number == kPieceType) {
      expect(field, Wire::kVarint, reader);
      if (field.integer < 1 || field.integer > 6) reader.fail();
      piece.type = static_cast<Type>(field.integer);
    }
  });
  return piece;
}

void parse_trainer(std::string_view bytes, PieceModel& model, const std::string& where) {
  for_each_field(bytes, where, [&](const Field& field, const MessageReader& reader) {
    if (field.number == kTrainerAlgorithm) {
      expect(field, Wire::kVarint, reader);
      if (field.integer != 1 && field.integer != 2)
        throw Error(Kind::kInput, where + ": is a word or character model; only unigram and BPE are supported");
      model.algorithm = static_cast<PieceModel::Algorithm>(field.integer);
    } else if (field.number == kTrainerSuffix) {
      expect(field, Wire::kVarint, reader);
      model.whitespace_as_suffix = field.integer != 0;
    } else if (field.number == kTrainerByteFallback) {
      expect(field, Wire::kVarint, reader);
      model.byte_fallback = field.integer != 0;
    }
  });
}

void parse_normalizer(std::string_view bytes, PieceModel& model, const std::string& where) {
  for_each_field(bytes, where, [&](const Field& field, const MessageReader& reader) {
    bool* flag = field.number == kNormalizerDummyPrefix   ? &model.add_dummy_prefix
                 : field.number == kNormalizerRemoveExtra ? &model.remove_extra_whitespaces
                 : field.number == kNormalizerEscape      ? &model.escape_whitespaces
                                                          : nullptr;
    if (flag != nullptr) {
      expect(field, Wire::kVarint, reader);
      *flag = field.integer != 0;
    } else if (field.number == kNormalizerCharsmap) {
      expect(field, Wire::kBytes, reader);
      model.charsmap = field.bytes;
    }
  });
}

// --- Checking
// -----------------------------------------------------------------------------------------------------------

constexpr std::size_t kMaxPieces = 1 << 20;    // Gemma has 256,000
constexpr std::size_t kMaxPieceBytes = 512;    // libsentencepiece builds its trie by recursion, a level per byte
constexpr float kMaxScore = 1e9f;              // sums over a text stay finite
constexpr std::size_t kMaxNestedSymbols = 64;  // results at one place in libsentencepiece's PrefixMatcher

// The byte of "<0x41>", or -1.
int byte_of(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text.back() != '>') return -1;
  int value = 0;
  for (const char c : text.substr(3, 2)) {
    const auto digit = std::string_view("0123456789ABCDEF").find(c);
    if (digit == std::string_view::npos) return -1;
    value = value * 16 + static_cast<int>(digit);
  }
  return value;
}

// The most symbols that all begin at one place of some text.
std::size_t nested(std::vector<std::string_view> symbols) {
  std::ranges::sort(symbols);
  std::vector<std::string_view> open;
  std::size_t most = 0;
  for (const std::string_view symbol : symbols) {
    while (!open.empty() && !symbol.starts_with(open.back())) open.pop_back();
    open.push_back(symbol);
    most = std::max(most, open.size());
  }
  return most;
}

}  // namespace

PieceModel parse_piece_model(std::string_view bytes, const std::string& where) {
  PieceModel model;
  for_each_field(bytes, where, [&](const Field& field, const MessageReader& reader) {
    if (field.number != kModelPieces && field.number != kModelTrainer && field.number != kModelNormalizer) return;
    expect(field, Wire::kBytes, reader);
    if (field.number == kModelTrainer) {
      parse_trainer(field.bytes, model, where);
    } else if (field.number == kModelNormalizer) {
      parse_normalizer(field.bytes, model, where);
    } else {
      if (model.pieces.size() == kMaxPieces) throw Error(Kind::kInput, where + ": has more than 1,048,576 pieces");
      model.pieces.push_back(parse_piece(field.bytes, where));
    }
  });
  return model;
}

void check_piece_model(const PieceModel& model, const std::string& where) {
  const auto fail = [&](const std::string& what) { throw Error(Kind::kInput, where + ": " + what); };
  if (model.pieces.size() > kMaxPieces) fail("has more than 1,048,576 pieces");
  std::unordered_set<std::string_view> seen;
  std::vector<std::string_view> symbols;
  std::bitset<256> bytes;
  int normal = 0, unknown = 0;
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const Piece& piece = model.pieces[id];
    const auto fail_piece = [&](const std::string& what) { fail("piece " + std::to_string(id) + " " + what); };
    if (piece.text.empty()) fail_piece("is empty");
    if (piece.text.size() > kMaxPieceBytes) fail_piece("is longer than 512 bytes");
    if (piece.text.find('\0') != std::string::npos || !is_utf8(piece.text)) fail_piece("is no UTF-8 text");
    if (!(std::abs(piece.score) <= kMaxScore)) fail_piece("has a score that is no log-probability");
    if (!seen.insert(piece.text).second) fail_piece("(\"" + piece.text + "\") is there twice");
    if (piece.type == Type::kNormal) ++normal;
    if (piece.type == Type::kUnknown) ++unknown;
    if (piece.type == Type::kUserDefined) symbols.push_back(piece.text);
    if (piece.type == Type::kByte) {
      const int byte = byte_of(piece.text);
      if (byte < 0 || !model.byte_fallback) fail_piece("(\"" + piece.text + "\") is no byte, or bytes are not in use");
      bytes.set(static_cast<std::size_t>(byte));
    }
  }
  if (normal == 0) fail("has no pieces; is this a tokenizer's file?");
  if (unknown != 1) fail("has " + std::to_string(unknown) + " pieces for the unknown; it must have one");
  if (model.byte_fallback && !bytes.all()) fail("falls back to bytes, but has not all of <0x00>..<0xFF>");
  if (nested(std::move(symbols)) > kMaxNestedSymbols) fail("has more than 64 symbols that begin one another");
  check_charsmap(model.charsmap, where);
}

std::string serialize(const PieceModel& model) {
  MessageWriter out;
  for (const Piece& piece : model.pieces) {
    MessageWriter message;
    message.bytes(kPieceText, piece.text);
    message.real(kPieceScore, piece.score);
    message.integer(kPieceType, static_cast<std::uint64_t>(piece.type));
    out.bytes(kModelPieces, message.done());
  }
  MessageWriter trainer;
  trainer.integer(kTrainerAlgorithm, static_cast<std::uint64_t>(model.algorithm));
  trainer.integer(kTrainerSuffix, model.whitespace_as_suffix ? 1 : 0);
  trainer.integer(kTrainerByteFallback, model.byte_fallback ? 1 : 0);
  out.bytes(kModelTrainer, trainer.done());
  MessageWriter normalizer;
  normalizer.bytes(kNormalizerCharsmap, model.charsmap);
  normalizer.integer(kNormalizerDummyPrefix, model.add_dummy_prefix ? 1 : 0);
  normalizer.integer(kNormalizerRemoveExtra, model.remove_extra_whitespaces ? 1 : 0);
  normalizer.integer(kNormalizerEscape, model.escape_whitespaces ? 1 : 0);
  out.bytes(kModelNormalizer, normalizer.done());
  return out.done();
}

}  // namespace ootd
