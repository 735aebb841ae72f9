#include "ootd/models/weights.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "ootd/base/error.h"
#include "ootd/models/containers.h"
#include "ootd/models/half.h"
#include "ootd/models/layouts.h"
#include "ootd/models/shards.h"

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
    if (!prefix.empty() && name.starts_with(prefix)) return true;
  return false;
}

void append(const WeightView& view, std::vector<float>& values) {
  const std::size_t count = element_count(view.shape), step = size_of(view.type);
  const std::size_t first = values.size();
  values.resize(first + count);
  if (view.strides.empty() && view.type == DType::kFloat32) {
    if (count != 0) std::memcpy(values.data() + first, view.bytes.data(), count * sizeof(float));
    return;
  }
  if (view.strides.empty()) {
    for (std::size_t i = 0; i < count; ++i) values[first + i] = float_at(view.bytes.data() + i * step, view.type);
    return;
  }
  Shape index(view.shape.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t offset = 0;
    for (std::size_t d = 0; d < index.size(); ++d) offset += static_cast<std::size_t>(index[d] * view.strides[d]);
    values[first + i] = float_at(view.bytes.data() + offset * step, view.type);
    for (std::size_t d = index.size(); d > 0 && ++index[d - 1] == view.shape[d - 1]; --d) index[d - 1] = 0;
  }
}

std::string in_file(const std::string& name, const Weight& weight) {
  return weight.file_name.empty() ? name : name + " (in the file: " + weight.file_name + ")";
}

// The first part that holds no floating-point numbers.
const WeightView* not_floating(const Weight& weight) {
  for (const auto& part : weight.parts)
    if (!is_floating(part.type)) return &part;
  return nullptr;
}

}  // namespace

Weights::Weights(const std::filesystem::path& file) : Weights(std::vector{file}) {}

Weights::Weights(const std::vector<std::filesystem::path>& files) {
  if (files.empty()) return;
  where_ = files.front().string();
  WeightViews views;
  const auto open = [&](const std::filesystem::path& file, const std::set<std::string, std::less<>>* promised) {
    mapped_.push_back(std::make_shared<MappedFile>(file));
    WeightViews own = read_container(mapped_.back()->bytes(), file.string());
    if (promised != nullptr) check_shard(*promised, own, file.string());
    for (auto& [name, view] : own)
      if (!views.emplace(name, std::move(view)).second)
        throw Error(Kind::kInput, file.string() + ": " + name + " is in another weights file of this model too");
  };
  for (const auto& file : files) {
    if (!is_index(file)) {
      open(file, nullptr);
      continue;
    }
    for (const auto& [shard, promised] : read_index(file)) open(file.parent_path() / shard, &promised);
  }
  Layout layout = to_canonical(std::move(views), where_);
  weights_ = std::move(layout.weights);
  note_ = std::move(layout.note);
}

Weights::Weights(std::vector<NamedFloats> weights)
    : where_("weights in memory"), in_memory_(std::make_shared<const std::vector<NamedFloats>>(std::move(weights))) {
  for (const auto& [name, shape, values] : *in_memory_) {
    if (values.size() != element_count(shape))
      throw Error(Kind::kInput,
                  where_ + ": " + name + " has " + std::to_string(values.size()) + " values, not " + to_string(shape));
    const WeightView view{DType::kFloat32, shape, {}, std::as_bytes(std::span(values))};
    if (!weights_.emplace(name, Weight{shape, {view}, {}}).second)
      throw Error(Kind::kInput, where_ + ": " + name + " is there twice");
  }
}

std::vector<float> Weights::floats(std::string_view name, const Shape& shape) const {
  const auto found = weights_.find(name);
  if (found == weights_.end())
    throw Error(Kind::kInput,
                where_ + ": has no weight " + std::string(name) + (note_.empty() ? "" : " (" + note_ + ")"));
  const Weight& weight = found->second;
  const std::string where = where_ + ": " + in_file(found->first, weight);
  if (weight.shape != shape)
    throw Error(Kind::kInput, where + " is " + to_string(weight.shape) + ", not " + to_string(shape));
  if (const WeightView* part = not_floating(weight))
    throw Error(Kind::kInput, where + " holds " + std::string(to_string(part->type)) + ", not floating-point numbers");
  std::vector<float> values;
  values.reserve(element_count(shape));
  for (const auto& part : weight.parts) append(part, values);
  return values;
}

void Weights::check(std::span<const WeightSpec> wanted, std::span<const std::string_view> ignored) const {
  constexpr int kMaxListed = 50;
  std::string problems;
  int count = 0;
  if (weights_.empty() && !mapped_.empty())
    throw Error(Kind::kInput, where_ + ": holds no weights at all; fetch the file again");
  const auto list = [&](const std::string& problem) {
    if (++count <= kMaxListed) problems += "\n  " + problem;
  };
  std::set<std::string_view> names;
  for (const auto& spec : wanted) {
    names.insert(spec.name);
    const auto found = weights_.find(spec.name);
    if (found == weights_.end()) {
      list("missing: " + spec.name + " " + to_string(spec.shape));
      continue;
    }
    const Weight& weight = found->second;
    if (weight.shape != spec.shape)
      list("wrong shape: " + in_file(spec.name, weight) + " is " + to_string(weight.shape) + ", the network wants " +
           to_string(spec.shape));
    else if (const WeightView* part = not_floating(weight))
      list("wrong type: " + in_file(spec.name, weight) + " holds " + std::string(to_string(part->type)));
  }
  for (const auto& [name, weight] : weights_)
    if (!names.contains(name) && !starts_with_any(name, ignored) && !name.ends_with(".num_batches_tracked"))
      list("not part of the network: " + in_file(name, weight) + " " + to_string(weight.shape));
  if (count == 0) return;
  if (count > kMaxListed) problems += "\n  and " + std::to_string(count - kMaxListed) + " more";
  if (!note_.empty()) problems += "\n  (" + note_ + ")";
  throw Error(Kind::kInput, where_ + ": the weights do not fit the architecture in config.json:" + problems);
}

}  // namespace ootd
