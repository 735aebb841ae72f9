#include "ootd/embed/text_encoder.h"

#include "ootd/base/error.h"

namespace ootd {
namespace {

Tokenizer tokenizer_of(const Model& model) {
  if (!model.config.text) throw Error(Kind::kInput, no_text_tower(model));
  TokenizerConfig config{.length = model.config.text->length, .cleaning = model.config.text->cleaning};
  // Where the tokenizer's files do not say it: Gemma's padding is 0, that of SigLIP's own vocabulary the end mark.
  if (vocabulary_of(model.config.network) == registry::kGemmaVocabulary) config.pad = 0;
  return Tokenizer(model.folder, config);
}

}  // namespace

TextEncoder::TextEncoder(const Model& model, const SessionOptions& options)
    : tokenizer_(tokenizer_of(model)), session_(model, options) {
  // An id outside the table would read foreign memory in the graph.
  const int rows = vocabulary_of(model.config.network);
  if (rows > 0 && tokenizer_.vocabulary_size() > static_cast<std::size_t>(rows))
    throw Error(Kind::kInput, model.folder.string() + ": its tokenizer has " +
                                  std::to_string(tokenizer_.vocabulary_size()) + " pieces, its text tower only " +
                                  std::to_string(rows) + "; the files belong to different models");
}

Matrix TextEncoder::encode(std::span<const std::string> texts) const {
  Matrix vectors(texts.size(), static_cast<std::size_t>(dim()));
  for (std::size_t i = 0; i < texts.size(); ++i) session_.run(tokenizer_.encode(texts[i]), vectors.row(i));
  return vectors;
}

}  // namespace ootd
