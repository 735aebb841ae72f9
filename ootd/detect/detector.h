// Finds garments and persons in pictures.
// Threads: detect() may be called from many threads at once; each call borrows one of the session's requests.
// Cost:    one forward pass a picture.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ootd/base/garment.h"
#include "ootd/image/image.h"
#include "ootd/infer/session.h"
#include "ootd/models/detector_model.h"

namespace ootd {

class Detector {
 public:
  // Compiles the network. Throws Error: kInput naming what does not fit, kUnavailable for a precision that the CPU
  // lacks.
  explicit Detector(DetectorModel model, const SessionOptions& options = {});
  ~Detector();
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  const DetectorModel& model() const;
  int parallel() const;  // callers at once that keep every core busy

  // Boxes in pixels of the picture given, inside it, best score first; what the config's `categories` does not name is
  // left out. fine_category is the class's own name. Throws Error(kInput) if the image has no pixels.
  std::vector<Garment> detect(const Image& image) const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
