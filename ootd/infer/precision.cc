#include "ootd/infer/precision.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <openvino/openvino.hpp>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/matrix.h"
#include "ootd/base/random.h"
#include "ootd/base/sha256.h"

namespace ootd {
namespace {

constexpr int kCacheFormat = 1;
// A less exact precision must be this much faster.
constexpr double kClearlyFaster = 1.1;
constexpr Precision kByExactness[] = {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8};

using PictureSpan = std::span<const std::span<const std::uint8_t>>;

// As many threads as the session has streams; work(t) on each.
template <class Work>
void on_all_streams(const Session& session, const Work& work) {
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(session.streams()));
  std::vector<std::thread> threads;
  for (auto& failure : failures)
    threads.emplace_back([&] {
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

Json read_cache(const std::filesystem::path& cache) {
  try {
    Json json = read_json(cache);
    if (json_field<int>(json, "format", cache.string()) == kCacheFormat && json.contains("measured") &&
        json["measured"].is_object())
      return json;
  } catch (const Error&) {  // none, or damaged: measured anew
  }
  return {{"format", kCacheFormat}, {"measured", Json::object()}};
}

// Everything that the speeds depend on.
std::string key_of(const Model& model) {
  const auto file = quantization_file(model);
  std::string key = engine_description() + "; " + model.id;
  if (std::filesystem::exists(file)) key += "; int8 " + sha256_hex(read_file(file)).substr(0, 8);
  return key;
}

std::optional<double> int8_cosine(const Model& model) {
  try {
    if (const auto quantization = read_quantization(model)) return quantization->cosine_mean;
  } catch (const Error&) {  // `auto` does not stop at a file that it need not use; --precision int8 says what is wrong
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "f32";
    case Precision::kBfloat16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
  }
  throw Error(Kind::kInternal, "unknown precision");
}

std::string cpu_name() { return ov::Core().get_property("CPU", ov::device::full_name); }

Precision choose_precision(std::span<const PrecisionSpeed> measured, bool has_bfloat16,
                           const std::optional<double>& int8_cosine) {
  const auto speed_of = [&](Precision precision) {
    const auto found =
        std::find_if(measured.begin(), measured.end(), [&](const auto& m) { return m.precision == precision; });
    return found == measured.end() ? 0 : found->images_per_s;
  };
  Precision best = Precision::kFloat32;
  if (speed_of(best) <= 0) return best;  // nothing to compare with
  for (const Precision precision : kByExactness) {
    if (precision == Precision::kBfloat16 && !has_bfloat16) continue;
    if (precision == Precision::kInt8 && !(int8_cosine && *int8_cosine >= kMinCosine)) continue;
    if (speed_of(precision) > kClearlyFaster * speed_of(best)) best = precision;
  }
  return best;
}

double images_per_s(const Session& session, PictureSpan pictures, int milliseconds) {
  const auto start = std::chrono::steady_clock::now(), end = start + std::chrono::milliseconds(milliseconds);
  std::atomic<std::size_t> next = 0;
  on_all_streams(session, [&] {
    std::vector<float> out(static_cast<std::size_t>(session.dim()));
    do session.run(pictures[next++ % pictures.size()], out);
    while (std::chrono::steady_clock::now() < end);
  });
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return static_cast<double>(next) / taken.count();
}

Matrix vectors_of(const Session& session, PictureSpan pictures) {
  Matrix vectors(pictures.size(), static_cast<std::size_t>(session.dim()));
  std::atomic<std::size_t> next = 0;
  on_all_streams(session, [&] {
    for (std::size_t i = next++; i < pictures.size(); i = next++) session.run(pictures[i], vectors.row(i));
  });
  return vectors;
}

std::vector<PrecisionSpeed> measure_precisions(const Model& model) {
  constexpr int kRounds = 3, kMilliseconds = 100;
  std::vector<std::uint8_t> noise(static_cast<std::size_t>(model.config.input.width) *
                                  static_cast<std::size_t>(model.config.input.height) * 3);
  Random random(1);
  for (auto& value : noise) value = static_cast<std::uint8_t>(random.below(256));
  const std::span<const std::uint8_t> pictures[] = {noise};

  std::vector<PrecisionSpeed> speeds;
  std::vector<std::unique_ptr<Session>> sessions;
  for (const Precision precision : kByExactness) {
    if (precision == Precision::kBfloat16 && !cpu_has_bfloat16()) continue;
    if (precision == Precision::kInt8 && !int8_cosine(model)) continue;
    SessionOptions options;
    options.precision = precision;
    speeds.push_back({precision, 0});
    sessions.push_back(std::make_unique<Session>(model, options));
  }
  // The best of some rounds in turns: what else runs on the machine only ever slows.
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < speeds.size(); ++i)
      speeds[i].images_per_s = std::max(speeds[i].images_per_s, images_per_s(*sessions[i], pictures, kMilliseconds));
  return speeds;
}

std::filesystem::path precision_cache_file() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value != nullptr ? value : "");
  };
  std::filesystem::path folder = variable("XDG_CACHE_HOME");
  if (folder.empty()) folder = variable("HOME") / ".cache";
  return folder / "ootd" / "precision.json";
}

std::optional<std::vector<PrecisionSpeed>> cached_speeds(const std::filesystem::path& cache, const Model& model) {
  const Json json = read_cache(cache);
  const auto found = json["measured"].find(key_of(model));
  if (found == json["measured"].end() || !found->is_object()) return std::nullopt;
  std::vector<PrecisionSpeed> speeds;
  for (const Precision precision : kByExactness) {
    const auto speed = found->find(to_string(precision));
    if (speed == found->end()) continue;
    if (!speed->is_number() || !(speed->get<double>() > 0)) return std::nullopt;
    speeds.push_back({precision, speed->get<double>()});
  }
  return speeds;
}

void store_speeds(const std::filesystem::path& cache, const Model& model, std::span<const PrecisionSpeed> speeds) {
  Json json = read_cache(cache), measured = Json::object();
  for (const auto& speed : speeds) measured[std::string(to_string(speed.precision))] = speed.images_per_s;
  json["measured"][key_of(model)] = measured;
  std::error_code problem;
  std::filesystem::create_directories(cache.parent_path(), problem);  // a folder that is not there fails below
  const std::string text = dump_json(json, 2) + "\n";
  write_file_atomically(cache, std::as_bytes(std::span(text)), /*durable=*/false);
}

Precision auto_precision(const Model& model, const std::filesystem::path& cache) {
  const auto speeds = cached_speeds(cache, model);
  return speeds ? choose_precision(*speeds, cpu_has_bfloat16(), int8_cosine(model)) : Precision::kFloat32;
}

}  // namespace ootd
