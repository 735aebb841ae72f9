// The compiled network of a detector: uint8 pictures in, its raw outputs with their names out. What they mean is the
// family's (ootd/detect/decoders.h).
// Threads and cost: as Session (session.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/infer/session.h"
#include "ootd/models/detector_model.h"

namespace ootd {

class DetectorSession {
 public:
  // Throws Error: kInput listing what does not fit; kUnavailable if the CPU lacks the precision.
  explicit DetectorSession(const DetectorModel& model, const SessionOptions& options = {});
  ~DetectorSession();
  DetectorSession(const DetectorSession&) = delete;
  DetectorSession& operator=(const DetectorSession&) = delete;

  int streams() const;

  // pixels: height * width * 3 bytes, RGB rows, of the size that the config's input says (kShortestEdge: of any size);
  // picture_*: of the picture that they were made from, which some networks count in. Integer outputs come as floats.
  // Throws kInternal for pixels of another size.
  std::vector<NamedFloats> run(std::span<const std::uint8_t> pixels, int width, int height, int picture_width,
                               int picture_height) const;

 private:
  std::vector<std::string> output_names_;
  std::unique_ptr<RequestPool> pool_;
};

}  // namespace ootd
