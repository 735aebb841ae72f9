// Turns words into embeddings of the same space as the pictures' (SigLIP, CLIP).
// Threads: encode() may run on many threads at once.
// Cost:    one forward pass of the text tower a text (FashionSigLIP: about the cost of a third of a picture).
#pragma once

#include <memory>
#include <span>
#include <string>

#include "ootd/base/matrix.h"
#include "ootd/infer/session.h"
#include "ootd/text/tokenizer.h"

namespace ootd {

class TextEncoder {
 public:
  // Throws Error: kInput if the model has no text tower, kNotFound if its folder lacks a tokenizer, else as Session.
  explicit TextEncoder(const Model& model, const SessionOptions& options = {});

  int dim() const { return session_.dim(); }
  // texts.size() x dim(), rows of length 1. Throws Error(kInput) for a text over Tokenizer::kMaxTextBytes.
  Matrix encode(std::span<const std::string> texts) const;

 private:
  const Tokenizer tokenizer_;
  const TextSession session_;
};

}  // namespace ootd
