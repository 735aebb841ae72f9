// https://github.com/huggingface/safetensors: u64 header size | JSON {name: {dtype, shape, data_offsets}} | values.
#include <algorithm>
#include <optional>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/models/container_reader.h"
#include "ootd/models/containers.h"
#include "ootd/models/half.h"

namespace ootd {
namespace {

// The reference implementation takes 100 MB; published files have some megabytes at most, and JSON grows when it is
// parsed.
constexpr std::uint64_t kMaxHeaderBytes = 32u << 20;

constexpr char kMetadata[] = "__metadata__";

constexpr std::uint64_t kMaxSide = INT64_MAX;

constexpr DType kTypes[] = {DType::kFloat32, DType::kFloat16, DType::kBfloat16, DType::kFloat64, DType::kInt64,
                            DType::kInt32,   DType::kInt16,   DType::kInt8,     DType::kUint8,   DType::kBool};

std::optional<DType> parse_type(std::string_view text) {
  for (const DType type : kTypes)
    if (to_string(type) == text) return type;
  return std::nullopt;
}

Json read_header(ContainerReader& in, const std::string& name) {
  const auto size = in.number<std::uint64_t>();
  if (size > kMaxHeaderBytes) in.fail("safetensors header of " + std::to_string(size) + " bytes");
  Json header = parse_json(in.text(size), name);
  if (!header.is_object()) in.fail("safetensors header is no object");
  return header;
}

// Read by hand: a fraction, a negative or a huge number must not become another whole number.
std::vector<std::uint64_t> whole_numbers(const Json& entry, const char* field, const std::string& where) {
  const auto list = json_field<std::vector<Json>>(entry, field, where);
  std::vector<std::uint64_t> numbers;
  for (const Json& value : list) {
    if (!value.is_number_unsigned()) throw_bad_field(where, field, "must hold whole numbers that are not negative");
    numbers.push_back(value.get<std::uint64_t>());
  }
  return numbers;
}

}  // namespace

WeightViews read_safetensors(std::span<const std::byte> file, const std::string& name) {
  ContainerReader in(file, name);
  const Json header = read_header(in, name);
  const auto values = in.take(in.left());

  WeightViews views;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [key, entry] : header.items()) {
    if (key == kMetadata) continue;
    const std::string where = name + ": " + key;
    WeightView view;
    const auto type = parse_type(json_field<std::string>(entry, "dtype", where));
    if (!type) throw Error(Kind::kInput, where + ": unknown dtype");
    view.type = *type;
    const auto offsets = whole_numbers(entry, "data_offsets", where);
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > values.size())
      throw Error(Kind::kInput, where + ": data_offsets lie outside the file");
    std::uint64_t bytes = size_of(view.type);
    for (const auto side : whole_numbers(entry, "shape", where)) {
      if (side > kMaxSide || __builtin_mul_overflow(bytes, side, &bytes))
        throw Error(Kind::kInput, where + ": impossible shape with a side of " + std::to_string(side));
      view.shape.push_back(static_cast<std::int64_t>(side));
    }
    if (bytes != offsets[1] - offsets[0])
      throw Error(Kind::kInput, where + ": data_offsets do not fit shape " + to_string(view.shape));
    view.bytes = values.subspan(offsets[0], bytes);
    if (bytes != 0) ranges.emplace_back(offsets[0], offsets[1]);
    views.emplace(key, std::move(view));
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first < ranges[i - 1].second) throw Error(Kind::kInput, name + ": weights overlap in the file");
  return views;
}

Metadata safetensors_metadata(const std::filesystem::path& path) {
  const MappedFile file(path);
  const std::string name = path.string();
  ContainerReader in(file.bytes(), name);
  const Json header = read_header(in, name);
  return header.contains(kMetadata) ? json_field<Metadata>(header, kMetadata, name) : Metadata();
}

void write_safetensors(const std::filesystem::path& path, std::span<const NamedFloats> weights, bool half,
                       const Metadata& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  std::uint64_t offset = 0;
  const std::uint64_t step = half ? 2 : 4;
  for (const auto& weight : weights) {
    const std::uint64_t bytes = weight.values.size() * step;
    if (element_count(weight.shape) != weight.values.size())
      throw Error(Kind::kInternal, weight.name + ": values do not fill " + to_string(weight.shape));
    header[weight.name] = {
        {"dtype", half ? "F16" : "F32"}, {"shape", weight.shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = dump_json(header);
  text.append((8 - text.size() % 8) % 8, ' ');  // values start aligned, so that they can be mapped
  const auto header_size = static_cast<std::uint64_t>(text.size());
  std::vector<std::byte> file;
  file.reserve(8 + text.size() + offset);
  const auto append = [&](const void* bytes, std::size_t n) {
    const auto* begin = static_cast<const std::byte*>(bytes);
    file.insert(file.end(), begin, begin + n);
  };
  append(&header_size, sizeof header_size);
  append(text.data(), text.size());
  for (const auto& weight : weights) {
    if (!half) {
      append(weight.values.data(), weight.values.size() * sizeof(float));
    } else {
      for (const float value : weight.values) {
        const std::uint16_t bits = float_to_half(value);
        append(&bits, sizeof bits);
      }
    }
  }
  write_file_atomically(path, file);
}

}  // namespace ootd
