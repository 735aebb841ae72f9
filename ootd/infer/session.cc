#include "ootd/infer/session.h"

#include <openvino/openvino.hpp>

#include "ootd/infer/request_pool.h"
#include "ootd/infer/tower_graph.h"

namespace ootd {

Session::Session(const Model& model, const SessionOptions& options)
    : pool_(std::make_unique<RequestPool>(image_graph(model), options)) {}
Session::~Session() = default;

int Session::dim() const { return static_cast<int>(pool_->output_size()); }
int Session::streams() const { return pool_->streams(); }
void Session::run(std::span<const std::uint8_t> pixels, std::span<float> out) const {
  pool_->run(std::as_bytes(pixels), out);
}

TextSession::TextSession(const Model& model, const SessionOptions& options)
    : pool_(std::make_unique<RequestPool>(text_graph(model), options)) {}
TextSession::~TextSession() = default;

int TextSession::dim() const { return static_cast<int>(pool_->output_size()); }
void TextSession::run(std::span<const std::int64_t> ids, std::span<float> out) const {
  pool_->run(std::as_bytes(ids), out);
}

std::string engine_description() {
  ov::Core core;
  std::string text = std::string("OpenVINO ") + ov::get_openvino_version().buildNumber + " on " +
                     core.get_property("CPU", ov::device::full_name) + ",";
  for (const auto& capability : core.get_property("CPU", ov::device::capabilities)) text += " " + capability;
  return text;
}

bool cpu_has_bfloat16() {
  ov::Core core;
  for (const auto& capability : core.get_property("CPU", ov::device::capabilities))
    if (capability == ov::device::capability::BF16) return true;
  return false;
}

}  // namespace ootd
