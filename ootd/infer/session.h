// The compiled towers of a checkpoint: uint8 pictures or token numbers in, vectors out. Home of OpenVINO.
// Threads: run() may be called from many threads at once; each call borrows a request and waits if all are taken. With
//          `streams` callers at work every core is busy; one caller alone uses threads / streams cores.
// Cost:    opening compiles (0.3 to some seconds); run() is one forward pass for one picture or text. One at a time, so
//          that a vector never depends on what else was in its batch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ootd/infer/quantization.h"
#include "ootd/models/model.h"

namespace ootd {

enum class Precision {
  kFloat32,
  kBfloat16,  // only where the CPU has it (AVX512-BF16, AMX); refused elsewhere
  kInt8,      // as the model's quantization.json says; without one only linear layers, dynamically
};

struct SessionOptions {
  Precision precision = Precision::kFloat32;
  int threads = 0;  // 0 = all cores
  int streams = 0;  // runs computed at once; 0 = one a thread: the best throughput
};

class RequestPool;

class Session {
 public:
  // Checks the weights against the architecture, then compiles. Throws Error: kInput listing what does not fit;
  // kUnavailable if the CPU lacks the precision; kNotFound for int8 of a network of convolutions (nothing of it can be
  // int8 without ranges) that has no quantization.json.
  explicit Session(const Model& model, const SessionOptions& options = {});
  // In int8 with these ranges, whatever options.precision and the model's folder say.
  Session(const Model& model, const SessionOptions& options, const Quantization& quantization);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int dim() const;
  int streams() const;

  // pixels: input.height * input.width * 3 bytes, RGB rows, as fit_to() gives; out: dim() floats of length 1.
  void run(std::span<const std::uint8_t> pixels, std::span<float> out) const;

 private:
  const std::unique_ptr<RequestPool> pool_;
};

class TextSession {
 public:
  // As Session; kInput if the model has no text tower. int8 is dynamic here, and needs no quantization.json.
  explicit TextSession(const Model& model, const SessionOptions& options = {});
  ~TextSession();
  TextSession(const TextSession&) = delete;
  TextSession& operator=(const TextSession&) = delete;

  int dim() const;

  // ids: text->length token numbers as the tokenizer gives; out: dim() floats of length 1.
  void run(std::span<const std::int64_t> ids, std::span<float> out) const;

 private:
  const std::unique_ptr<RequestPool> pool_;
};

// "OpenVINO 2026.4.1 on AMD EPYC ..., f32 bf16": for doctor and benches.
std::string engine_description();
bool cpu_has_bfloat16();

}  // namespace ootd
