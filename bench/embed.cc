#include <chrono>
#include <cmath>
#include <optional>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/matrix.h"
#include "ootd/base/npy.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/encode_files.h"
#include "ootd/image/preprocess.h"
#include "ootd/infer/calibrate.h"
#include "ootd/ingest/import.h"
#include "ootd/workspace/embedding.h"
#include "tests/testing/procedural_weights.h"
#include "tests/testing/temp_dir.h"

namespace ootd::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Decoding at a reduced scale needs photos of at least twice the network's input.
constexpr LookOptions kPhonePhoto{.width = 1200, .height = 1600};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Inputs that lie ready, as fit_to() gives them: the bare model has nothing else to do.
std::vector<Image> ready_inputs(const Encoder& encoder, const std::vector<std::filesystem::path>& files) {
  std::vector<Image> inputs;
  for (const auto& file : files) inputs.push_back(fit_to(load_for(encoder, file), encoder.input()));
  return inputs;
}

// images/s of session.run() alone, with as many callers as keep every core busy.
double bare_rate(const Session& session, const std::vector<Image>& inputs) {
  return rate_of(inputs.size(), session.streams(), [&](std::size_t i) {
    std::vector<float> out(static_cast<std::size_t>(session.dim()));
    session.run(inputs[i].rgb, out);
  });
}

// One after another, so that no rate depends on what is computed for quality.
Matrix vectors_of(const Session& session, const std::vector<Image>& inputs) {
  Matrix vectors(inputs.size(), static_cast<std::size_t>(session.dim()));
  for (std::size_t i = 0; i < inputs.size(); ++i) session.run(inputs[i].rgb, vectors.row(i));
  return vectors;
}

double largest_length_error(const Matrix& vectors) {
  double error = 0;
  for (std::size_t i = 0; i < vectors.rows(); ++i)
    error = std::max(error, std::abs(static_cast<double>(dot(vectors.row(i), vectors.row(i))) - 1));
  return error;
}

double mean_cosine(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rows(); ++i) sum += static_cast<double>(dot(a.row(i), b.row(i)));
  return sum / static_cast<double>(a.rows());
}

struct NamedPrecision {
  std::string name;
  Precision precision;
};
const NamedPrecision kPrecisions[] = {
    {"f32", Precision::kFloat32}, {"bf16", Precision::kBfloat16}, {"int8", Precision::kInt8}};

std::vector<NamedPrecision> chosen_precisions(const Options& options) {
  std::vector<NamedPrecision> chosen;
  for (const auto& row : kPrecisions) {
    if (options.precision == row.name) return {row};
    if (options.precision == "all" && row.precision != Precision::kInt8 &&
        (row.precision != Precision::kBfloat16 || cpu_has_bfloat16()))
      chosen.push_back(row);
  }
  if (chosen.empty()) throw Error(Kind::kInput, "--precision " + options.precision + ": known: all f32 bf16 int8");
  return chosen;
}

// int8 as --quantization says; if there is no such file, it is calibrated on the inputs and kept there.
std::unique_ptr<Session> session_of(const Model& model, Precision precision, const Options& options,
                                    const std::vector<Image>& inputs) {
  if (precision != Precision::kInt8) return std::make_unique<Session>(model, SessionOptions{.precision = precision});
  if (options.quantization.empty()) throw Error(Kind::kInput, "--precision int8 needs --quantization FILE");
  if (!std::filesystem::exists(options.quantization)) {
    std::vector<std::vector<std::uint8_t>> pictures;
    for (const Image& input : inputs) pictures.push_back(input.rgb);
    write_quantization(calibrate(model, pictures, {.speed_ms = 100, .notice = {}}), options.quantization);
  }
  const std::string where = options.quantization.string();
  return std::make_unique<Session>(model, SessionOptions{}, parse_quantization(read_json(options.quantization), where));
}

// Row i: the bytes of input i as floats, in the order of Session::run.
void save_pixels(const std::vector<Image>& inputs, const std::filesystem::path& file) {
  Matrix pixels(inputs.size(), inputs.front().rgb.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    std::copy_n(inputs[i].rgb.data(), pixels.cols(), pixels.row(i).begin());
  std::filesystem::create_directories(file.parent_path());
  write_npy(file, pixels);
}

std::vector<Image> inputs_of(const Options& options, const Model& model, const std::filesystem::path& scratch) {
  if (options.pixels.empty()) return ready_inputs(Encoder(model), photo_files(options, scratch));
  const FloatArray pixels = read_npy(options.pixels);
  const InputSpec& in = model.config.input;
  const auto size = static_cast<std::size_t>(in.width) * static_cast<std::size_t>(in.height) * 3;
  if (pixels.shape.size() != 2 || pixels.shape[1] != static_cast<std::int64_t>(size) || pixels.shape[0] < 1)
    throw Error(Kind::kInput, options.pixels.string() + ": is not [n, " + std::to_string(size) + "], the size of " +
                                  model.config.name + "'s input");
  const auto n = std::min(static_cast<std::size_t>(options.count), static_cast<std::size_t>(pixels.shape[0]));
  std::vector<Image> inputs(n);
  for (std::size_t i = 0; i < n; ++i) {
    inputs[i].width = in.width;
    inputs[i].height = in.height;
    const auto first = pixels.values.begin() + static_cast<std::ptrdiff_t>(i * size);
    for (auto value = first; value != first + static_cast<std::ptrdiff_t>(size); ++value)
      inputs[i].rgb.push_back(static_cast<std::uint8_t>(*value));
  }
  return inputs;
}

}  // namespace

void embed_model(const Options& options) {
  const testing::TempDir scratch;
  const Model model = model_of(options);
  const auto inputs = inputs_of(options, model, scratch.path());
  if (!options.save.empty()) save_pixels(inputs, options.save / "pixels.npy");
  std::optional<Matrix> exact;  // what a faster precision is compared with
  for (const auto& [name, precision] : chosen_precisions(options)) {
    const auto opened = session_of(model, precision, options, inputs);
    const Session& session = *opened;
    const Matrix vectors = vectors_of(session, inputs);
    if (largest_length_error(vectors) > 1e-3) throw Error(Kind::kInternal, "vectors are not of length 1");
    if (!options.save.empty()) write_npy(options.save / ("vectors_" + name + ".npy"), vectors);
    if (!exact) exact = precision == Precision::kFloat32 ? vectors : vectors_of(Session(model), inputs);
    bare_rate(session, inputs);
    std::vector<double> rates;
    for (int run = 0; run < options.runs; ++run) rates.push_back(bare_rate(session, inputs));
    RowPrinter("embed_model")
        .add("model", model.config.name)
        .add("precision", name)
        .add("n", std::to_string(inputs.size()))
        .add("streams", std::to_string(session.streams()))
        .add("images_per_s", spread_of(rates), 1)
        .add("cosine_to_f32", mean_cosine(vectors, *exact), 6)
        .print();
  }
}

void make_model(const Options& options) {
  const Architecture* architecture = find_architecture(options.architecture);
  if (architecture == nullptr || std::holds_alternative<OnnxTowers>(architecture->network))
    throw Error(Kind::kInput, "--architecture " + options.architecture + ": no architecture of this name has weights");
  ModelConfig config = default_config(*architecture);
  config.source = "weights by formula, for measuring speed";
  if (auto* siglip = std::get_if<SiglipConfig>(&config.network)) {
    siglip->has_text = false;  // pictures alone are measured
    config.text.reset();
  }
  const Model model = save_model(options.out, config, testing::procedural_weights(all_weights(config)));
  RowPrinter("make_model")
      .add("folder", model.folder.string())
      .add("parameters", std::to_string(parameter_count(config)))
      .print();
}

void embed_pipeline(const Options& options) {
  const testing::TempDir scratch;
  const Model model = model_of(options);
  const Encoder encoder(model);
  const auto files = photo_files(options, scratch.path());
  const auto inputs = ready_inputs(encoder, files);
  const Session session(model);
  std::vector<double> pipeline, bare, ratios;
  double cosine = 1;
  for (int run = 0; run <= options.runs; ++run) {  // the first is the warm-up
    Workspace workspace(scratch.path() / ("home" + std::to_string(run)), /*create=*/true);
    import_paths(workspace.catalog(), files, {});
    EmbedRequest request;
    request.model = model.folder.string();
    const EmbedReport report = embed_workspace(workspace, request);
    const double bare_after = bare_rate(session, inputs);
    // Quality: what was stored is what the encoder says of the file.
    const auto image = workspace.catalog().images_after(LookKey{}, 1).at(0);
    const Image loaded = load_for(encoder, workspace.file_of(image));
    cosine = std::min<double>(
        cosine, dot(encoder.encode({&loaded, 1}).row(0), *workspace.catalog().vector(report.generation, image.key)));
    if (run == 0) continue;
    pipeline.push_back(report.images_per_s);
    bare.push_back(bare_after);
    ratios.push_back(report.images_per_s / bare_after);
  }
  if (cosine < 0.99999) throw Error(Kind::kInternal, "a stored vector is not the encoder's");
  RowPrinter("embed_pipeline")
      .add("model", model.config.name)
      .add("n", std::to_string(files.size()))
      .add("images_per_s", spread_of(pipeline), 1)
      .add("bare_images_per_s", spread_of(bare), 1)
      .add("ratio", spread_of(ratios), 3)
      .add("cosine_to_encoder", cosine, 6)
      .print();
}

void preprocess(const Options& options) {
  const testing::TempDir scratch;
  const Encoder encoder(model_of(options));
  const auto files = photo_files(options, scratch.path(), kPhonePhoto);
  std::vector<std::vector<std::byte>> contents;
  for (const auto& file : files) contents.push_back(read_file(file));
  const auto decode = [&](std::size_t i, bool scaled) {
    const std::string name = files[i].string();
    return scaled ? decode_for(contents[i], name, encoder.input()) : decode_image(contents[i], name);
  };
  // One thread: the cost a picture adds to a core's work.
  const auto ms_per_image = [&](bool scaled) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < contents.size(); ++i) fit_to(decode(i, scaled), encoder.input());
    return 1000 * seconds_since(start) / static_cast<double>(contents.size());
  };
  std::vector<double> full, scaled;
  for (int run = 0; run <= options.runs; ++run) {
    const double full_ms = ms_per_image(false), scaled_ms = ms_per_image(true);
    if (run == 0) continue;
    full.push_back(full_ms);
    scaled.push_back(scaled_ms);
  }
  double sum = 0, worst = 0;
  int reduced = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const Image whole = decode(i, false), small = decode(i, true);
    if (small.width == whole.width) continue;
    ++reduced;
    const double distance = 1 - dot(encoder.encode({&whole, 1}).row(0), encoder.encode({&small, 1}).row(0));
    sum += distance;
    worst = std::max(worst, distance);
  }
  RowPrinter("preprocess")
      .add("n", std::to_string(files.size()))
      .add("full_ms", spread_of(full), 3)
      .add("scaled_ms", spread_of(scaled), 3)
      .add("decoded_smaller", std::to_string(reduced))
      .add("cosine_distance_mean", reduced > 0 ? sum / reduced : 0, 6)
      .add("cosine_distance_max", worst, 6)
      .print();
}

}  // namespace ootd::bench
