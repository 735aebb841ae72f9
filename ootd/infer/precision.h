// Which precision pays on this machine: a short measurement, a cache of it, and the choice that follows from it.
// `ootd doctor` measures and stores; `--precision auto` only reads, so nothing is ever slow without being asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/matrix.h"
#include "ootd/infer/session.h"

namespace ootd {

std::string_view to_string(Precision precision);  // "f32", "bf16", "int8"

// The processor as OpenVINO names it.
std::string cpu_name();

struct PrecisionSpeed {
  Precision precision = Precision::kFloat32;
  double images_per_s = 0;
  friend bool operator==(const PrecisionSpeed&, const PrecisionSpeed&) = default;
};

// A pure function of what was measured. f32 unless another brings at least a tenth; of two that are about equally fast
// the more exact one. bf16 only if the CPU has it, int8 only if its mean cosine to f32 (nothing: not quantised) is at
// least kMinCosine.
Precision choose_precision(std::span<const PrecisionSpeed> measured, bool has_bfloat16,
                           const std::optional<double>& int8_cosine);

// Forward passes of session with as many callers as keep every core busy, for about this long. pictures: each as
// Session::run takes them.
double images_per_s(const Session& session, std::span<const std::span<const std::uint8_t>> pictures, int milliseconds);

// Row i: the vector of pictures[i].
Matrix vectors_of(const Session& session, std::span<const std::span<const std::uint8_t>> pictures);

// Every precision that `auto` may choose for this model, in turns, some 300 ms each beside compiling.
std::vector<PrecisionSpeed> measure_precisions(const Model& model);

// $XDG_CACHE_HOME/ootd/precision.json, else ~/.cache/ootd/precision.json.
std::filesystem::path precision_cache_file();

// What was stored for this CPU, OpenVINO, model and quantization.json. Nothing if there is none, or the file is damaged
// or of another version: it is a cache.
std::optional<std::vector<PrecisionSpeed>> cached_speeds(const std::filesystem::path& cache, const Model& model);
// Throws Error(kUnavailable) if it cannot be written.
void store_speeds(const std::filesystem::path& cache, const Model& model, std::span<const PrecisionSpeed> speeds);

// `--precision auto`: the choice from the cache; f32 if nothing was measured here, or quantization.json is unusable.
Precision auto_precision(const Model& model, const std::filesystem::path& cache);

}  // namespace ootd
