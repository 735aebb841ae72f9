// Turns pictures into embeddings.
// Shapes:  N pictures in, an N x dim() row-major float32 matrix out; each row has L2 length 1.
// Threads: encode() may run on many threads at once; one caller keeps one of the session's streams busy.
// Cost:    one forward pass a picture.
#pragma once

#include <span>

#include "ootd/base/input_spec.h"
#include "ootd/base/matrix.h"
#include "ootd/image/image.h"
#include "ootd/infer/session.h"

namespace ootd {

class Encoder {
 public:
  // Throws as Session does.
  explicit Encoder(const Model& model, const SessionOptions& options = {});

  int dim() const { return session_.dim(); }
  const InputSpec& input() const { return input_; }
  int parallel() const { return session_.streams(); }  // callers at once that keep every core busy
  // Row i belongs to images[i]; any size of picture, fitted to input() inside. An empty span gives a 0 x dim() matrix.
  // Row i does not depend on the other pictures. Throws Error(kInput) if an image has no pixels.
  Matrix encode(std::span<const Image> images) const;

 private:
  const InputSpec input_;
  const Session session_;
};

}  // namespace ootd
