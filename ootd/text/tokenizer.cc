#include "ootd/text/tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/unicode.h"
#include "ootd/text/byte_pairs.h"
#include "ootd/text/piece_model.h"
#include "ootd/text/tokenizer_json.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 20;  // Gemma's tokenizer.json has 34 MB

struct Loaded {
  std::filesystem::path file;
  JsonTokenizer tokenizer;
};

Loaded load(const std::filesystem::path& folder) {
  for (const char* name : {"spiece.model", "tokenizer.model", "tokenizer.json"}) {
    const auto file = folder / name;
    if (!std::filesystem::exists(file)) continue;
    const std::string text = read_text(file, kMaxFileBytes);
    if (file.extension() == ".json") return {file, parse_tokenizer_json(text, file.string())};
    return {file, {parse_piece_model(text, file.string()), false}};
  }
  throw Error(Kind::kNotFound, folder.string() + ": holds none of spiece.model, tokenizer.model and tokenizer.json");
}

// What the folder's files call a special token, which they write as "x" or {"content": "x", ...}.
std::optional<std::string> named_token(const std::vector<std::pair<std::string, Json>>& files, const char* field) {
  for (const auto& [where, json] : files) {
    const auto found = json.is_object() ? json.find(field) : json.end();
    if (found == json.end() || found->is_null()) continue;
    return found->is_object() ? json_field<std::string>(*found, "content", where + ": " + field)
                              : json_field<std::string>(json, field, where);
  }
  return std::nullopt;
}

using SpecialTokenFiles = std::vector<std::pair<std::string, Json>>;

SpecialTokenFiles special_token_files(const std::filesystem::path& folder) {
  SpecialTokenFiles files;
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    const auto path = folder / name;
    if (std::filesystem::exists(path))
      files.emplace_back(path.string(), parse_json(read_text(path, kMaxFileBytes), path.string()));
  }
  return files;
}

[[noreturn]] void fail_no_piece(const std::filesystem::path& file, const std::string& name, const char* field) {
  throw Error(Kind::kInput, file.string() + ": has no piece \"" + name + "\", which the folder's " + field +
                                " is; are the files of one model?");
}

}  // namespace

struct Tokenizer::Impl {
  Impl(const std::filesystem::path& folder, TokenizerConfig settings) : config(settings) {
    if (config.length < 1) throw Error(Kind::kInput, "a tokenizer's length must be at least 1");
    const bool clip = config.cleaning == Cleaning::kClip || config.cleaning == Cleaning::kOpenClip;
    clip ? open_clip(folder) : open_sentence_piece(folder);
  }

  void open_sentence_piece(const std::filesystem::path& folder) {
    auto [file, loaded] = load(folder);
    check_piece_model(loaded.model, file.string());
    lowercase = loaded.lowercase;
    vocabulary = loaded.model.pieces.size();
    find_special_tokens(folder, file, loaded.model.pieces);
    const auto status = processor.LoadFromSerializedProto(serialize(loaded.model));
    if (!status.ok()) throw Error(Kind::kInput, file.string() + ": SentencePiece refuses it: " + status.ToString());
  }

  void find_special_tokens(const std::filesystem::path& folder, const std::filesystem::path& file,
                           const std::vector<Piece>& pieces) {
    const SpecialTokenFiles files = special_token_files(folder);
    for (const auto& [field, id] : {std::pair{"pad_token", &config.pad}, {"eos_token", &config.eos}}) {
      const auto name = named_token(files, field);
      if (name) {
        const auto piece = std::ranges::find(pieces, *name, &Piece::text);
        if (piece == pieces.end()) fail_no_piece(file, *name, field);
        *id = piece - pieces.begin();
      }
      if (*id < 0 || *id >= static_cast<std::int64_t>(pieces.size()))
        throw Error(Kind::kInput, file.string() + ": has no id " + std::to_string(*id) + " for the " + field);
    }
  }

  void open_clip(const std::filesystem::path& folder) {
    pairs.emplace(folder);
    vocabulary = pairs->size();
    const SpecialTokenFiles files = special_token_files(folder);
    // Named by the folder, or as OpenAI's, or as open_clip calls them.
    const auto id_of = [&](const char* field, std::string_view openai, std::string_view own) {
      const auto name = named_token(files, field);
      const auto id = name ? pairs->find(*name) : pairs->find(openai) ? pairs->find(openai) : pairs->find(own);
      if (!id) fail_no_piece(pairs->file(), name.value_or(std::string(openai)), field);
      return *id;
    };
    bos = id_of("bos_token", "<|startoftext|>", "<start_of_text>");
    config.eos = id_of("eos_token", "<|endoftext|>", "<end_of_text>");
    const auto pad = named_token(files, "pad_token");
    config.pad = config.cleaning == Cleaning::kOpenClip ? 0 : pad ? pairs->find(*pad).value_or(config.eos) : config.eos;
  }

  std::string clean(std::string_view text) const {
    if (text.size() > kMaxTextBytes)
      throw Error(Kind::kInput, "a text of " + std::to_string(text.size()) + " bytes is too long; at most " +
                                    std::to_string(kMaxTextBytes));
    std::string cleaned = clean_text(text, config.cleaning);
    return lowercase ? clean_text(cleaned, Cleaning::kLowercase) : cleaned;
  }

  template <class Piece>
  std::vector<Piece> cut(std::string_view text) const {
    std::vector<Piece> pieces;
    const auto status = processor.Encode(clean(text), &pieces);
    if (!status.ok()) throw Error(Kind::kInternal, "SentencePiece: " + status.ToString());
    return pieces;
  }

  std::vector<std::int64_t> ids(std::string_view text) const {
    if (pairs) return pairs->encode(clean(text), config.eos);
    const std::vector<int> pieces = cut<int>(text);
    return {pieces.begin(), pieces.end()};
  }

  std::vector<std::string> names(std::string_view text) const {
    if (!pairs) return cut<std::string>(text);
    std::vector<std::string> list;
    for (const std::int64_t id : ids(text)) list.push_back(pairs->piece(id));
    return list;
  }

  TokenizerConfig config;
  std::int64_t bos = 0;  // CLIP's
  bool lowercase = false;
  std::size_t vocabulary = 0;
  sentencepiece::SentencePieceProcessor processor;
  std::optional<BytePairs> pairs;  // CLIP's, instead of the processor
};

Tokenizer::Tokenizer(const std::filesystem::path& folder, TokenizerConfig config)
    : impl_(std::make_unique<Impl>(folder, config)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  const auto length = static_cast<std::size_t>(impl_->config.length);
  std::vector<std::int64_t> ids = impl_->ids(text);
  if (impl_->pairs) ids.insert(ids.begin(), impl_->bos);
  ids.resize(std::min(ids.size(), length - 1));
  ids.push_back(impl_->config.eos);
  ids.resize(length, impl_->config.pad);
  return ids;
}

std::vector<std::string> Tokenizer::pieces(std::string_view text) const { return impl_->names(text); }

std::size_t Tokenizer::vocabulary_size() const { return impl_->vocabulary; }
std::int64_t Tokenizer::pad() const { return impl_->config.pad; }
std::int64_t Tokenizer::eos() const { return impl_->config.eos; }

}  // namespace ootd
