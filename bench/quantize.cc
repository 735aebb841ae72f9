#include <algorithm>
#include <chrono>
#include <ctime>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/preprocess.h"
#include "ootd/infer/calibrate.h"
#include "ootd/infer/precision.h"
#include "ootd/workspace/workspace.h"
#include "tests/testing/random_model.h"
#include "tests/testing/temp_dir.h"

namespace ootd::bench {
namespace {

// A model that comes with the program, a model folder, or an architecture with random weights (no text tower).
Model model_or_random(const std::string& name, const std::filesystem::path& scratch) {
  const auto ours = program_models() / name;
  if (is_model_folder(ours)) return open_model(ours);
  const Architecture* architecture = find_architecture(name);
  if (architecture == nullptr || is_model_folder(name)) return open_model(name);
  ModelConfig config = default_config(*architecture);
  config.name = "random_" + name;
  config.text.reset();
  if (auto* siglip = std::get_if<SiglipConfig>(&config.network)) siglip->has_text = false;
  return testing::random_model(scratch, config);
}

struct Contender {
  std::string precision;
  std::unique_ptr<Session> session;
  std::size_t static_layers = 0;
  double cosine_mean = 0, cosine_min = 1;
  std::vector<double> rates = {}, ratios = {}, cpu_ms = {};
};

// Of all threads: on a shared machine steadier than the clock.
double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void compare(Contender& contender, const Matrix& expected, std::span<const std::span<const std::uint8_t>> pictures) {
  const Matrix vectors = vectors_of(*contender.session, pictures);
  for (std::size_t i = 0; i < vectors.rows(); ++i) {
    const double cosine = dot(vectors.row(i), expected.row(i));
    contender.cosine_mean += cosine / static_cast<double>(vectors.rows());
    contender.cosine_min = std::min(contender.cosine_min, cosine);
  }
}

}  // namespace

void quantize(const Options& options) {
  const testing::TempDir scratch;
  const Model model = model_or_random(options.model, scratch.path());
  std::vector<std::vector<std::uint8_t>> inputs;
  for (const auto& file : photo_files(options, scratch.path()))
    inputs.push_back(fit_to(decode_for(read_file(file), file.string(), model.config.input), model.config.input).rgb);
  // As calibrate() does: ranges from every second picture, judged on the others.
  const Quantization quantization = calibrate(model, inputs, {.speed_ms = 100, .notice = {}});
  std::vector<std::span<const std::uint8_t>> judges;
  for (std::size_t i = 1; i < inputs.size(); i += 2) judges.emplace_back(inputs[i]);

  std::vector<Contender> contenders;
  contenders.push_back({"f32", std::make_unique<Session>(model)});
  if (cpu_has_bfloat16()) {
    SessionOptions bf16;
    bf16.precision = Precision::kBfloat16;
    contenders.push_back({"bf16", std::make_unique<Session>(model, bf16)});
  }
  if (std::holds_alternative<SiglipConfig>(model.config.network))
    contenders.push_back({"int8_dynamic", std::make_unique<Session>(model, SessionOptions{}, Quantization{})});
  contenders.push_back({quantization.bfloat16 ? "int8+bf16" : "int8",
                        std::make_unique<Session>(model, SessionOptions{}, quantization), quantization.ranges.size()});
  const Matrix expected = vectors_of(*contenders.front().session, judges);
  for (auto& contender : contenders) compare(contender, expected, judges);
  if (contenders.back().cosine_mean < kMinCosine) throw Error(Kind::kInternal, "int8 moves the vectors too far");
  for (int run = 0; run < options.runs; ++run)
    for (auto& contender : contenders) {
      const double cpu = cpu_seconds();
      const auto start = std::chrono::steady_clock::now();
      contender.rates.push_back(images_per_s(*contender.session, judges, 1000));
      const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
      contender.cpu_ms.push_back(1000 * (cpu_seconds() - cpu) / (contender.rates.back() * wall.count()));
      contender.ratios.push_back(contender.rates.back() / contenders.front().rates.back());
    }
  for (const auto& contender : contenders)
    RowPrinter("quantize")
        .add("model", model.config.name)
        .add("precision", contender.precision)
        .add("n", std::to_string(judges.size()))
        .add("static_layers", std::to_string(contender.static_layers))
        .add("images_per_s", spread_of(contender.rates), 1)
        .add("times_f32", spread_of(contender.ratios), 2)
        .add("cpu_ms", spread_of(contender.cpu_ms), 2)
        .add("cosine_mean", contender.cosine_mean, 5)
        .add("cosine_min", contender.cosine_min, 5)
        .print();
}

}  // namespace ootd::bench
