// Turns pictures into embeddings.
// Shapes:  N pictures in, an N x dim() row-major float32 matrix out; each row has L2 length 1.
// Threads: encode() may run on many threads at once; one caller keeps one of the session's streams busy.
// Cost:    one forward pass a picture.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "ootd/base/input_spec.h"
#include "ootd/base/matrix.h"
#include "ootd/image/image.h"
#include "ootd/infer/session.h"

namespace ootd {

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual const std::string& model_id() const = 0;  // name + hash of the weights: "pca128-1a2b3c4d"
  virtual int dim() const = 0;
  virtual const InputSpec& input() const = 0;
  virtual int parallel() const = 0;  // callers at once that keep every core busy
  // Row i belongs to images[i]; any size of picture, fitted to input() inside. An empty span gives a 0 x dim() matrix.
  // Row i does not depend on the other pictures. Throws Error(kInput) if an image has no pixels.
  virtual Matrix encode(std::span<const Image> images) const = 0;
};

// Throws as Session does.
std::unique_ptr<Encoder> make_encoder(const Model& model, const SessionOptions& options = {});

}  // namespace ootd
