#include "ootd/embed/text_encoder.h"

#include "ootd/base/error.h"

namespace ootd {
namespace {

Tokenizer tokenizer_of(const Model& model) {
  if (!model.config.text) throw Error(Kind::kInput, no_text_tower(model));
  TokenizerConfig config{.length = model.config.text->length, .cleaning = model.config.text->cleaning};
  // Where the tokenizer's files do not say it: Gemma's padding is 0, that of SigLIP's own vocabulary the end mark.
  const auto* siglip = std::get_if<SiglipConfig>(&model.config.network);
  if (siglip != nullptr && siglip->vocabulary == registry::kGemmaVocabulary) config.pad = 0;
  return Tokenizer(model.folder, config);
}

}  // namespace

TextEncoder::TextEncoder(const Model& model, const SessionOptions& options)
    : tokenizer_(tokenizer_of(model)), session_(model, options) {
  // An id outside the table would read foreign memory in the graph.
  if (const auto* siglip = std::get_if<SiglipConfig>(&model.config.network);
      siglip != nullptr && tokenizer_.vocabulary_size() > static_cast<std::size_t>(siglip->vocabulary))
    throw Error(Kind::kInput, model.folder.string() + ": its tokenizer has " +
                                  std::to_string(tokenizer_.vocabulary_size()) + " pieces, its text tower only " +
                                  std::to_string(siglip->vocabulary) + "; the files belong to different models");
}

Matrix TextEncoder::encode(std::span<const std::string> texts) const {
  Matrix vectors(texts.size(), static_cast<std::size_t>(dim()));
  for (std::size_t i = 0; i < texts.size(); ++i) session_.run(tokenizer_.encode(texts[i]), vectors.row(i));
  return vectors;
}

}  // namespace ootd
