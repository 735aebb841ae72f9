#include "ootd/embed/encoder.h"

#include "ootd/image/preprocess.h"

namespace ootd {
namespace {

class GraphEncoder final : public Encoder {
 public:
  GraphEncoder(const Model& model, const SessionOptions& options)
      : id_(model.id), input_(model.config.input), session_(model, options) {}

  const std::string& model_id() const override { return id_; }
  int dim() const override { return session_.dim(); }
  const InputSpec& input() const override { return input_; }
  int parallel() const override { return session_.streams(); }

  Matrix encode(std::span<const Image> images) const override {
    Matrix vectors(images.size(), static_cast<std::size_t>(dim()));
    for (std::size_t i = 0; i < images.size(); ++i) session_.run(fit_to(images[i], input_).rgb, vectors.row(i));
    return vectors;
  }

 private:
  const std::string id_;
  const InputSpec input_;
  const Session session_;
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(const Model& model, const SessionOptions& options) {
  return std::make_unique<GraphEncoder>(model, options);
}

}  // namespace ootd
