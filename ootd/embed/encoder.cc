#include "ootd/embed/encoder.h"

#include "ootd/image/preprocess.h"

namespace ootd {

Encoder::Encoder(const Model& model, const SessionOptions& options)
    : input_(model.config.input), session_(model, options) {}

Matrix Encoder::encode(std::span<const Image> images) const {
  Matrix vectors(images.size(), static_cast<std::size_t>(dim()));
  for (std::size_t i = 0; i < images.size(); ++i) session_.run(fit_to(images[i], input_).rgb, vectors.row(i));
  return vectors;
}

}  // namespace ootd
