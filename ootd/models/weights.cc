#include "ootd/models/weights.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "ootd/base/error.h"
#include "ootd/models/containers.h"
#include "ootd/models/half.h"

namespace ootd {

std::size_t size_of(DType type) {
  switch (type) {
    case DType::kFloat64:
    case DType::kInt64:
      return 8;
    case DType::kFloat32:
    case DType::kInt32:
      return 4;
    case DType::kFloat16:
    case DType::kBfloat16:
    case DType::kInt16:
      return 2;
    case DType::kInt8:
    case DType::kUint8:
    case DType::kBool:
      return 1;
  }
  throw Error(Kind::kInternal, "unknown DType");
}

std::string_view to_string(DType type) {
  switch (type) {
    case DType::kFloat64:
      return "F64";
    case DType::kInt64:
      return "I64";
    case DType::kFloat32:
      return "F32";
    case DType::kInt32:
      return "I32";
    case DType::kFloat16:
      return "F16";
    case DType::kBfloat16:
      return "BF16";
    case DType::kInt16:
      return "I16";
    case DType::kInt8:
      return "I8";
    case DType::kUint8:
      return "U8";
    case DType::kBool:
      return "BOOL";
  }
  throw Error(Kind::kInternal, "unknown DType");
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

std::size_t element_count(const Shape& shape) {
  std::size_t count = 1;
  for (const auto side : shape) count *= static_cast<std::size_t>(side);
  return count;
}

namespace {

float float_at(const std::byte* at, DType type) {
  const auto read = [at]<class T>(T value) {
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  switch (type) {
    case DType::kFloat32:
      return read(float{});
    case DType::kFloat64:
      return static_cast<float>(read(double{}));
    case DType::kFloat16:
      return half_to_float(read(std::uint16_t{}));
    case DType::kBfloat16:
      return std::bit_cast<float>(static_cast<std::uint32_t>(read(std::uint16_t{})) << 16);
    default:
      return std::nanf("");  // Weights::floats has refused these types
  }
}

bool is_floating(DType type) {
  return type == DType::kFloat32 || type == DType::kFloat16 || type == DType::kBfloat16 || type == DType::kFloat64;
}

bool starts_with_any(std::string_view name, std::span<const std::string_view> prefixes) {
  for (const auto prefix : prefixes)
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace

Weights::Weights(const std::filesystem::path& file) : Weights(std::vector{file}) {}

Weights::Weights(const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) {
    if (where_.empty()) where_ = file.string();
    mapped_.push_back(std::make_shared<MappedFile>(file));
    for (auto& [name, view] : read_container(mapped_.back()->bytes(), file.string()))
      if (!views_.emplace(name, std::move(view)).second)
        throw Error(Kind::kInput, file.string() + ": " + name + " is in another weights file of this model too");
  }
}

Weights::Weights(std::vector<NamedFloats> weights)
    : where_("weights in memory"), in_memory_(std::make_shared<const std::vector<NamedFloats>>(std::move(weights))) {
  for (const auto& [name, shape, values] : *in_memory_) {
    if (values.size() != element_count(shape))
      throw Error(Kind::kInput,
                  where_ + ": " + name + " has " + std::to_string(values.size()) + " values, not " + to_string(shape));
    if (!views_.emplace(name, WeightView{DType::kFloat32, shape, {}, std::as_bytes(std::span(values))}).second)
      throw Error(Kind::kInput, where_ + ": " + name + " is there twice");
  }
}

std::vector<float> Weights::floats(std::string_view name, const Shape& shape) const {
  const auto found = views_.find(name);
  if (found == views_.end()) throw Error(Kind::kInput, where_ + ": has no weight " + std::string(name));
  const WeightView& view = found->second;
  if (view.shape != shape)
    throw Error(Kind::kInput,
                where_ + ": " + std::string(name) + " is " + to_string(view.shape) + ", not " + to_string(shape));
  if (!is_floating(view.type))
    throw Error(Kind::kInput, where_ + ": " + std::string(name) + " holds " + std::string(to_string(view.type)) +
                                  ", not floating-point numbers");
  std::vector<float> values(element_count(shape));
  const std::size_t step = size_of(view.type);
  if (view.strides.empty()) {
    if (view.type == DType::kFloat32) {
      if (!values.empty()) std::memcpy(values.data(), view.bytes.data(), values.size() * sizeof(float));
    } else {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = float_at(view.bytes.data() + i * step, view.type);
    }
    return values;
  }
  Shape index(shape.size());
  for (auto& value : values) {
    std::size_t offset = 0;
    for (std::size_t d = 0; d < index.size(); ++d) offset += static_cast<std::size_t>(index[d] * view.strides[d]);
    value = float_at(view.bytes.data() + offset * step, view.type);
    for (std::size_t d = index.size(); d > 0 && ++index[d - 1] == shape[d - 1]; --d) index[d - 1] = 0;
  }
  return values;
}

void Weights::check(std::span<const WeightSpec> wanted, std::span<const std::string_view> ignored) const {
  std::string problems;
  std::map<std::string_view, const WeightSpec*> by_name;
  for (const auto& spec : wanted) {
    by_name[spec.name] = &spec;
    const auto found = views_.find(spec.name);
    if (found == views_.end())
      problems += "\n  missing: " + spec.name + " " + to_string(spec.shape);
    else if (found->second.shape != spec.shape)
      problems += "\n  wrong shape: " + spec.name + " is " + to_string(found->second.shape) + ", the network wants " +
                  to_string(spec.shape);
    else if (!is_floating(found->second.type))
      problems += "\n  wrong type: " + spec.name + " holds " + std::string(to_string(found->second.type));
  }
  for (const auto& [name, view] : views_)
    if (!by_name.contains(name) && !starts_with_any(name, ignored) && !name.ends_with(".num_batches_tracked"))
      problems += "\n  not part of the network: " + name + " " + to_string(view.shape);
  if (!problems.empty())
    throw Error(Kind::kInput, where_ + ": the weights do not fit the architecture in config.json:" + problems);
}

}  // namespace ootd
