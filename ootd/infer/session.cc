#include "ootd/infer/session.h"

#include <openvino/openvino.hpp>

#include "ootd/base/error.h"
#include "ootd/infer/request_pool.h"
#include "ootd/infer/tower_graph.h"

namespace ootd {

namespace {

// What the model's int8 is.
Quantization quantization_of(const Model& model) {
  if (auto quantization = read_quantization(model)) return *quantization;
  if (!is_transformer(model.config.network))
    throw Error(Kind::kNotFound, model.id + " has no quantization.json, and a network of convolutions cannot be int8 " +
                                     "without one; run `ootd models quantize " + model.config.name + "`");
  return {};
}

std::unique_ptr<RequestPool> int8_pool(const Model& model, const SessionOptions& options, const Quantization& int8) {
  if (std::holds_alternative<OnnxTowers>(model.config.network))
    throw Error(Kind::kInput, model.id + " comes as ONNX files; --precision int8 is for networks that ootd builds");
  SessionOptions rest = options;
  rest.precision = int8.bfloat16 && cpu_has_bfloat16() ? Precision::kBfloat16 : Precision::kFloat32;
  return std::make_unique<RequestPool>(image_graph(model, &int8), rest);
}

std::unique_ptr<RequestPool> image_pool(const Model& model, const SessionOptions& options) {
  if (options.precision == Precision::kInt8) return int8_pool(model, options, quantization_of(model));
  return std::make_unique<RequestPool>(image_graph(model), options);
}

std::unique_ptr<RequestPool> text_pool(const Model& model, const SessionOptions& options) {
  if (options.precision != Precision::kInt8) return std::make_unique<RequestPool>(text_graph(model), options);
  const Quantization dynamic;
  SessionOptions rest = options;
  rest.precision = Precision::kFloat32;
  return std::make_unique<RequestPool>(text_graph(model, &dynamic), rest);
}

}  // namespace

Session::Session(const Model& model, const SessionOptions& options) : pool_(image_pool(model, options)) {}
Session::Session(const Model& model, const SessionOptions& options, const Quantization& quantization)
    : pool_(int8_pool(model, options, quantization)) {}
Session::~Session() = default;

int Session::dim() const { return static_cast<int>(pool_->output_size()); }
int Session::streams() const { return pool_->streams(); }
void Session::run(std::span<const std::uint8_t> pixels, std::span<float> out) const {
  pool_->run(std::as_bytes(pixels), out);
}

TextSession::TextSession(const Model& model, const SessionOptions& options) : pool_(text_pool(model, options)) {}
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
