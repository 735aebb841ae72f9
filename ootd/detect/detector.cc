#include "ootd/detect/detector.h"

#include <utility>

#include "ootd/detect/decoders.h"
#include "ootd/infer/detector_session.h"

namespace ootd {

struct Detector::Impl {
  DetectorModel model;
  DetectorSession session;
};

Detector::Detector(DetectorModel model, const SessionOptions& options)
    : impl_(new Impl{.model = model, .session = DetectorSession(model, options)}) {}
Detector::~Detector() = default;

const DetectorModel& Detector::model() const { return impl_->model; }
int Detector::parallel() const { return impl_->session.streams(); }

std::vector<Garment> Detector::detect(const Image& image) const {
  const DetectorConfig& config = impl_->model.config;
  const auto [pixels, placement] = fit_for_detector(image, config.input);
  const auto outputs = impl_->session.run(pixels.rgb, pixels.width, pixels.height, image.width, image.height);
  std::vector<Garment> garments;
  for (const auto& found : decode(config, outputs, placement)) {
    const std::string& name = config.classes[static_cast<std::size_t>(found.label)];
    if (const auto category = config.categories.find(name); category != config.categories.end())
      garments.push_back({category->second, name, found.score, found.box});
  }
  return garments;
}

}  // namespace ootd
