#include "ootd/models/onnx_header.h"

#include <algorithm>
#include <functional>
#include <set>

#include "ootd/base/io.h"
#include "ootd/models/container_reader.h"

namespace ootd {
namespace {

using Bytes = std::span<const std::byte>;

std::uint64_t read_varint(ContainerReader& reader) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = reader.number<std::uint8_t>();
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  reader.fail("is no ONNX model: a number has no end");
}

// Protocol buffers' wire format: (number << 3 | type), then the value. on_bytes and on_number see the fields of their
// kind; what they do not know they ignore, as the format asks for.
void read_message(Bytes message, const std::string& where, const std::function<void(std::uint64_t, Bytes)>& on_bytes,
                  const std::function<void(std::uint64_t, std::uint64_t)>& on_number = {}) {
  ContainerReader reader(message, where);
  while (reader.left() > 0) {
    const std::uint64_t key = read_varint(reader), field = key >> 3;
    switch (key & 7) {
      case 0: {
        const std::uint64_t value = read_varint(reader);
        if (on_number) on_number(field, value);
        break;
      }
      case 1:
        reader.take(8);
        break;
      case 2:
        on_bytes(field, reader.take(read_varint(reader)));
        break;
      case 5:
        reader.take(4);
        break;
      default:
        reader.fail("is no ONNX model: unknown wire type");
    }
  }
}

std::string text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// TensorShapeProto.Dimension: dim_value = 1; any other is open.
std::int64_t read_dimension(Bytes message, const std::string& where) {
  std::int64_t size = -1;
  read_message(
      message, where, [](std::uint64_t, Bytes) {},
      [&](std::uint64_t field, std::uint64_t value) {
        if (field == 1) size = value > INT32_MAX ? -1 : static_cast<std::int64_t>(value);
      });
  return size;
}

// ValueInfoProto: name = 1, type = 2 {tensor_type = 1 {elem_type = 1, shape = 2 {dim = 1}}}
OnnxPort read_port(Bytes message, const std::string& where) {
  OnnxPort port;
  const auto on_shape = [&](std::uint64_t field, Bytes bytes) {
    if (field == 1) port.shape.push_back(read_dimension(bytes, where));
  };
  const auto on_tensor = [&](std::uint64_t field, Bytes bytes) {
    if (field == 2) read_message(bytes, where, on_shape);
  };
  const auto on_element = [&](std::uint64_t field, std::uint64_t value) {
    if (field == 1) port.type = value > INT32_MAX ? 0 : static_cast<int>(value);
  };
  const auto on_type = [&](std::uint64_t field, Bytes bytes) {
    if (field == 1) read_message(bytes, where, on_tensor, on_element);
  };
  read_message(message, where, [&](std::uint64_t field, Bytes bytes) {
    if (field == 1) port.name = text_of(bytes);
    if (field == 2) read_message(bytes, where, on_type);
  });
  return port;
}

}  // namespace

OnnxHeader read_onnx_header(Bytes file, const std::string& name) {
  OnnxHeader header;
  std::set<std::string> initializers;
  bool has_graph = false;
  const auto on_initializer = [&](std::uint64_t field, Bytes bytes) {
    if (field == 8) initializers.insert(text_of(bytes));
  };
  const auto on_graph = [&](std::uint64_t field, Bytes bytes) {
    if (field == 5) read_message(bytes, name, on_initializer);
    if (field == 11) header.inputs.push_back(read_port(bytes, name));
    if (field == 12) header.outputs.push_back(read_port(bytes, name));
  };
  // ModelProto: graph = 7, metadata_props = 14 {key = 1, value = 2}
  read_message(file, name, [&](std::uint64_t field, Bytes bytes) {
    if (field == 7) {
      has_graph = true;
      read_message(bytes, name, on_graph);
    } else if (field == 14) {
      std::string key, value;
      read_message(bytes, name, [&](std::uint64_t part, Bytes text) {
        if (part == 1) key = text_of(text);
        if (part == 2) value = text_of(text);
      });
      header.metadata[key] = value;
    }
  });
  if (!has_graph) throw Error(Kind::kInput, name + ": is no ONNX model: it holds no graph");
  std::erase_if(header.inputs, [&](const OnnxPort& port) { return initializers.contains(port.name); });
  return header;
}

OnnxHeader read_onnx_header(const std::filesystem::path& file) {
  return read_onnx_header(MappedFile(file).bytes(), file.string());
}

}  // namespace ootd
