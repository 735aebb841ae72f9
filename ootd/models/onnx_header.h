// What an ONNX file says about itself without being compiled: the names and shapes of its inputs and outputs, and the
// properties that its exporter wrote (https://github.com/onnx/onnx, onnx.proto; weights are passed over unread).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace ootd {

struct OnnxPort {
  std::string name;
  std::vector<std::int64_t> shape;  // -1: open; empty: not stated, or a scalar
  int type = 0;                     // TensorProto.DataType; 0: not stated

  bool is_float() const { return type == 1 || type == 10 || type == 11 || type == 16; }  // 32, 16, 64 bits, bfloat16
  bool is_integer() const { return type == 6 || type == 7; }                             // 32, 64 bits
};

struct OnnxHeader {
  std::vector<OnnxPort> inputs, outputs;        // initialisers that old files list as inputs are none
  std::map<std::string, std::string> metadata;  // "names", "stride", "imgsz" of Ultralytics
};

// Throws Error(kInput) naming the file, for bytes that are no ONNX model.
OnnxHeader read_onnx_header(std::span<const std::byte> file, const std::string& name);
OnnxHeader read_onnx_header(const std::filesystem::path& file);

}  // namespace ootd
