#include "ootd/infer/quantization.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kMaxBytes = 16u << 20;

double number_in(const Json& json, const char* field, double low, double high, const std::string& where) {
  const auto value = json_field<double>(json, field, where);
  if (!(value >= low && value <= high)) throw_bad_field(where, field, "is out of range");
  return value;
}

Range parse_range(const Json& json, const std::string& where) {
  const auto ends = json.is_array() && json.size() == 2 && json[0].is_number() && json[1].is_number()
                        ? Range{json[0].get<float>(), json[1].get<float>()}
                        : throw Error(Kind::kInput, where + ": wants [low, high]");
  // 0 must be one of the steps, or every padded pixel is off by a part of one.
  const float step = (ends.high - ends.low) / 255, steps = -ends.low / step;
  if (!std::isfinite(ends.low) || !std::isfinite(ends.high) || !(ends.low <= 0) || !(ends.high > 0) ||
      std::abs(steps - std::round(steps)) > 0.01f)
    throw Error(Kind::kInput, where + ": [low, high] must be finite, with 0 on one of its 256 steps");
  return ends;
}

}  // namespace

Json to_json(const Quantization& q) {
  Json ranges = Json::object();
  for (const auto& [layer, range] : q.ranges) ranges[layer] = {range.low, range.high};
  return {
      {"format", kFormat},
      {"model", q.model},
      {"ranges", ranges},
      {"kept", q.kept},
      {"rest", q.bfloat16 ? "bf16" : "f32"},
      {"photos", q.photos},
      {"photos_sha256", q.photos_sha256},
      {"percentile", q.percentile},
      {"cosine_mean", q.cosine_mean},
      {"cosine_min", q.cosine_min},
      {"images_per_s",
       {{"cpu", q.cpu}, {"f32", q.f32_images_per_s}, {"bf16", q.bf16_images_per_s}, {"int8", q.int8_images_per_s}}}};
}

Quantization parse_quantization(const Json& json, const std::string& where) {
  if (json_field<int>(json, "format", where) != kFormat)
    throw Error(Kind::kInput, where + ": is of another format version than " + std::to_string(kFormat) +
                                  "; run `ootd models quantize` again");
  Quantization q;
  q.model = json_field<std::string>(json, "model", where);
  const auto ranges = json_field<Json>(json, "ranges", where);
  if (!ranges.is_object()) throw_bad_field(where, "ranges", "has the wrong type");
  for (const auto& [layer, range] : ranges.items()) q.ranges[layer] = parse_range(range, where + ": ranges: " + layer);
  q.kept = json_field<std::vector<std::string>>(json, "kept", where);
  const auto rest = json_field<std::string>(json, "rest", where);
  if (rest != "f32" && rest != "bf16") throw_bad_field(where, "rest", "must be f32 or bf16");
  q.bfloat16 = rest == "bf16";
  q.photos = static_cast<int>(number_in(json, "photos", 2, 1e9, where));
  q.photos_sha256 = json_field<std::string>(json, "photos_sha256", where);
  q.percentile = number_in(json, "percentile", 50, 100, where);
  q.cosine_mean = number_in(json, "cosine_mean", -1.001, 1.001, where);
  q.cosine_min = number_in(json, "cosine_min", -1.001, 1.001, where);
  const auto speed = json_field<Json>(json, "images_per_s", where);
  const std::string at = where + ": images_per_s";
  q.cpu = json_field<std::string>(speed, "cpu", at);
  q.f32_images_per_s = number_in(speed, "f32", 0, 1e9, at);
  q.bf16_images_per_s = number_in(speed, "bf16", 0, 1e9, at);
  q.int8_images_per_s = number_in(speed, "int8", 0, 1e9, at);
  return q;
}

std::filesystem::path quantization_file(const Model& model) { return model.folder / "quantization.json"; }

void write_quantization(const Quantization& quantization, const std::filesystem::path& file) {
  const std::string text = dump_json(to_json(quantization), 2) + "\n";
  write_file_atomically(file, std::as_bytes(std::span(text)));
}

std::optional<Quantization> read_quantization(const Model& model) {
  const auto file = quantization_file(model);
  if (!std::filesystem::exists(file)) return std::nullopt;
  Quantization q = parse_quantization(parse_json(read_text(file, kMaxBytes), file.string()), file.string());
  if (q.model != weights_id(model))
    throw Error(Kind::kInput, file.string() + ": was made for " + q.model + ", but the weights beside it are " +
                                  weights_id(model) + "; run `ootd models quantize` again");
  return q;
}

std::string weights_id(const Model& model) {
  return model.config.cut > 0 ? model.id.substr(0, model.id.rfind('@')) : model.id;
}

}  // namespace ootd
