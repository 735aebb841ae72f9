#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/infer/calibrate.h"
#include "ootd/infer/histogram.h"
#include "ootd/infer/session.h"
#include "ootd/infer/tower_graph.h"
#include "tests/testing/random_model.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

// ---- ranges

// Values of the shape activations have: many small ones, a heavy tail, and zeros where `rectified`.
std::vector<float> tailed_values(std::size_t count, bool rectified, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = random.normal() * std::exp(random.normal());
    values.push_back(static_cast<float>(rectified ? std::max(0.0, value) : value));
  }
  return values;
}

TEST(Histogram, FindsThePercentilesOfTheSortedValues) {
  for (const bool rectified : {false, true}) {
    const std::vector<float> values = tailed_values(20'000, rectified, 7);
    Histogram histogram;  // in parts, since later parts make it wider
    for (std::size_t i = 0; i < values.size(); i += 100) histogram.add(std::span(values).subspan(i, 100));
    std::vector<float> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const float bin = std::max(-sorted.front(), sorted.back()) / 1024;
    for (const double percent : {0.0, 0.1, 5.0, 50.0, 99.0, 99.9, 99.99, 100.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
      const float expected = sorted[rank == 0 ? 0 : rank - 1];
      EXPECT_NEAR(histogram.percentile(percent), expected, bin) << percent << " rectified " << rectified;
    }
  }
}

TEST(Histogram, RangesHoldZeroOnAStepAndStartThereIfNothingIsNegative) {
  Histogram signed_values, rectified;
  signed_values.add(tailed_values(5000, false, 3));
  rectified.add(tailed_values(5000, true, 4));
  for (const double percent : {100.0, 99.9, 99.0}) {
    const Range range = signed_values.range(percent);
    const float step = (range.high - range.low) / 255, zero = -range.low / step;
    EXPECT_NEAR(zero, std::round(zero), 1e-3);
    EXPECT_NEAR(range.high, signed_values.percentile(percent), step);
    EXPECT_NEAR(range.low, signed_values.percentile(100 - percent), step);
    EXPECT_EQ(rectified.range(percent).low, 0);
    EXPECT_EQ(rectified.range(percent).high, rectified.percentile(percent));
  }
  Histogram zeros;
  zeros.add(std::vector<float>(100));
  EXPECT_EQ(zeros.range(99.9), Range{});
}

// ---- layers against an integer twin

// What the engine should compute: whole numbers, and one multiplication at the end.
// Values that lie nearer to a step than to the middle between two, where float and double may round differently.
std::vector<float> values_near_steps(std::size_t count, double step, int lowest, int highest, Random& random) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(
        step * (lowest + static_cast<double>(random.below(static_cast<std::uint64_t>(highest - lowest))) +
                random.uniform(-0.4, 0.4))));
  return values;
}

// Rows whose largest weight is step 127 exactly, so that each row's own steps are known too.
std::vector<float> weights_near_steps(std::size_t rows, std::size_t row, Random& random) {
  std::vector<float> values = values_near_steps(rows * row, 0.01, -126, 126, random);
  for (std::size_t i = 0; i < values.size(); i += row) values[i] = 1.27f;
  return values;
}

struct Twin {
  std::vector<int> numbers;
  double step = 0;
};
Twin input_numbers(const std::vector<float>& values, const Range& range) {
  Twin twin;
  twin.step = (static_cast<double>(range.high) - static_cast<double>(range.low)) / 255;
  const int zero = static_cast<int>(std::lround(-static_cast<double>(range.low) / twin.step));
  for (const float value : values)
    twin.numbers.push_back(
        std::clamp(static_cast<int>(std::lround(static_cast<double>(value) / twin.step)), -zero, 255 - zero));
  return twin;
}
Twin weight_numbers(std::span<const float> row) {
  Twin twin;
  for (const float value : row) twin.step = std::max(twin.step, std::abs(static_cast<double>(value)) / 127);
  for (const float value : row)
    twin.numbers.push_back(static_cast<int>(std::lround(static_cast<double>(value) / twin.step)));
  return twin;
}

// In which type the compiled graph computes each convolution and linear layer.
std::vector<std::string> layer_precisions(const ov::CompiledModel& compiled) {
  std::vector<std::string> precisions;
  for (const auto& node : compiled.get_runtime_model()->get_ops()) {
    const auto type = node->get_rt_info().at("layerType").as<std::string>();
    if (type == "Convolution" || type == "GroupConvolution" || type == "FullyConnected")
      precisions.push_back(node->get_rt_info().at("runtimePrecision").as<std::string>());
  }
  return precisions;
}

bool is_int8(const std::string& precision) { return precision == "u8" || precision == "i8"; }

struct Outcome {
  std::vector<float> values;
  std::vector<std::string> precisions;  // of the layers' primitives
};
template <class Forward>
Outcome run_quantised(const std::vector<NamedFloats>& weights, const Shape& shape, const std::vector<float>& input,
                      const Quantization& quantization, const Forward& forward) {
  const testing::TempDir dir;
  write_safetensors(dir.path() / "w.safetensors", weights);
  const Weights stored(dir.path() / "w.safetensors");
  GraphOps ops(stored, &quantization);
  const auto parameter =
      std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::Shape(shape.begin(), shape.end()));
  const auto graph =
      std::make_shared<ov::Model>(ov::OutputVector{forward(ops, parameter->output(0))}, ov::ParameterVector{parameter});
  ov::Core core;
  auto compiled = core.compile_model(graph, "CPU", ov::hint::inference_precision(ov::element::f32),
                                     ov::hint::dynamic_quantization_group_size(256));
  auto request = compiled.create_infer_request();
  std::copy(input.begin(), input.end(), request.get_input_tensor().data<float>());
  request.infer();
  const auto output = request.get_output_tensor();
  return {{output.data<float>(), output.data<float>() + output.get_size()}, layer_precisions(compiled)};
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double share) {
  ASSERT_EQ(actual.size(), expected.size());
  double scale = 0;
  for (const double value : expected) scale = std::max(scale, std::abs(value));
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(static_cast<double>(actual[i]), expected[i], share * scale) << "value " << i;
}

bool engine_has_int8() { return engine_description().find("INT8") != std::string::npos; }

TEST(Quantised, ConvolutionsWithBatchNormComputeTheIntegerTwin) {
  for (const int groups : {1, 16}) {
    constexpr int kIn = 16, kOut = 16, kSide = 9, kKernel = 3;
    const int in = kIn / groups;
    Random random(5);
    const auto draw = [&](Shape shape, double low, double high) {
      std::vector<float> values;
      for (std::size_t i = 0; i < element_count(shape); ++i)
        values.push_back(static_cast<float>(random.uniform(low, high)));
      return values;
    };
    const Shape kernel_shape = {kOut, in, kKernel, kKernel}, channels = {kOut};
    const auto kernel = weights_near_steps(kOut, element_count(kernel_shape) / kOut, random);
    const auto gamma = draw(channels, 0.2, 3), beta = draw(channels, -1, 1), mean = draw(channels, -1, 1),
               variance = draw(channels, 0.1, 2);
    const auto input = values_near_steps(kIn * kSide * kSide, 0.0125, -90, 230, random);
    Quantization quantization;
    // Narrower than the input: values outside are clipped. 0 is step 64.
    const Range range = {-64 * 0.0125f, 191 * 0.0125f};
    quantization.ranges["conv"] = range;
    const Outcome run =
        run_quantised({{"conv.weight", kernel_shape, kernel},
                       {"bn.weight", channels, gamma},
                       {"bn.bias", channels, beta},
                       {"bn.running_mean", channels, mean},
                       {"bn.running_var", channels, variance}},
                      {1, kIn, kSide, kSide}, input, quantization, [&](GraphOps& ops, auto x) {
                        x = ops.conv2d(x, "conv", {.out = kOut, .kernel = kKernel, .pad = 1, .groups = groups});
                        return ops.activate(ops.batch_norm(x, "bn", 1e-3f), Activation::kRelu);
                      });
    const Twin pixels = input_numbers(input, range);
    std::vector<double> expected;
    for (int o = 0; o < kOut; ++o) {
      const float scale = gamma[static_cast<std::size_t>(o)] / std::sqrt(variance[static_cast<std::size_t>(o)] + 1e-3f);
      const auto size = static_cast<std::size_t>(in * kKernel * kKernel);
      std::vector<float> folded;
      for (std::size_t i = 0; i < size; ++i) folded.push_back(kernel[static_cast<std::size_t>(o) * size + i] * scale);
      const Twin row = weight_numbers(folded);
      const double bias = static_cast<double>(beta[static_cast<std::size_t>(o)]) -
                          static_cast<double>(mean[static_cast<std::size_t>(o)] * scale);
      for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
          long sum = 0;
          for (int c = 0; c < in; ++c)
            for (int dy = 0; dy < kKernel; ++dy)
              for (int dx = 0; dx < kKernel; ++dx) {
                const int py = y + dy - 1, px = x + dx - 1;
                if (py < 0 || px < 0 || py >= kSide || px >= kSide) continue;
                const int channel = groups == 1 ? c : o;
                sum +=
                    static_cast<long>(pixels.numbers[static_cast<std::size_t>((channel * kSide + py) * kSide + px)]) *
                    row.numbers[static_cast<std::size_t>((c * kKernel + dy) * kKernel + dx)];
              }
          expected.push_back(std::max(0.0, static_cast<double>(sum) * pixels.step * row.step + bias));
        }
    }
    expect_near(run.values, expected, 1e-4);
    ASSERT_EQ(run.precisions.size(), 1u);
    if (engine_has_int8()) {
      EXPECT_TRUE(is_int8(run.precisions[0])) << run.precisions[0];
    }
  }
}

struct LinearCase {
  std::vector<float> matrix, bias, input;
  static constexpr int kIn = 512, kOut = 24, kTokens = 6;
  LinearCase() {
    Random random(6);
    matrix = weights_near_steps(kOut, kIn, random);
    for (int i = 0; i < kOut; ++i) bias.push_back(static_cast<float>(random.normal()));
    input = values_near_steps(kIn * kTokens, 0.02, -140, 140, random);
  }
  Outcome run(const Quantization& quantization) const {
    return run_quantised({{"fc.weight", {kOut, kIn}, matrix}, {"fc.bias", {kOut}, bias}}, {1, kTokens, kIn}, input,
                         quantization, [](GraphOps& ops, auto x) { return ops.linear(x, "fc", {.out = kOut}); });
  }
  // input as numbers with one step for all, or as it is
  std::vector<double> expected(const Twin* numbers) const {
    std::vector<double> result;
    for (int t = 0; t < kTokens; ++t)
      for (int o = 0; o < kOut; ++o) {
        const Twin row = weight_numbers(std::span(matrix).subspan(static_cast<std::size_t>(o * kIn), kIn));
        double sum = 0;
        for (int i = 0; i < kIn; ++i) {
          const auto at = static_cast<std::size_t>(t * kIn + i);
          sum += (numbers != nullptr ? numbers->numbers[at] * numbers->step : static_cast<double>(input[at])) *
                 row.numbers[static_cast<std::size_t>(i)] * row.step;
        }
        result.push_back(sum + static_cast<double>(bias[static_cast<std::size_t>(o)]));
      }
    return result;
  }
};

TEST(Quantised, StaticLinearLayersComputeTheIntegerTwin) {
  const LinearCase linear;
  Quantization quantization;
  const Range range = {-128 * 0.02f, 127 * 0.02f};
  quantization.ranges["fc"] = range;
  const Twin numbers = input_numbers(linear.input, range);
  const Outcome run = linear.run(quantization);
  expect_near(run.values, linear.expected(&numbers), 1e-4);
  ASSERT_EQ(run.precisions.size(), 1u);
  if (engine_has_int8()) {
    EXPECT_TRUE(is_int8(run.precisions[0])) << run.precisions[0];
  }
}

TEST(Quantised, DynamicLinearLayersComputeWithInt8WeightsAndAtMostRoundTheirInput) {
  const LinearCase linear;
  // Half a step of each input, whose sum over 512 inputs nearly cancels out: some thousandths of the largest output.
  expect_near(linear.run({}).values, linear.expected(nullptr), 0.02);
}

// ---- whole networks

std::vector<std::vector<std::uint8_t>> random_pictures(const ModelConfig& config, int count, std::uint64_t seed) {
  // Coarse patches under noise: pictures that differ in more than noise.
  Random random(seed);
  std::vector<std::vector<std::uint8_t>> pictures;
  for (int n = 0; n < count; ++n) {
    double patches[4][4][3];
    for (auto& row : patches)
      for (auto& patch : row)
        for (double& value : patch) value = random.uniform(0, 200);
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < config.input.height; ++y)
      for (int x = 0; x < config.input.width; ++x)
        for (int c = 0; c < 3; ++c)
          pixels.push_back(static_cast<std::uint8_t>(
              patches[4 * y / config.input.height][4 * x / config.input.width][c] + random.uniform(0, 55)));
    pictures.push_back(std::move(pixels));
  }
  return pictures;
}

struct Tiny {
  const char* architecture;
  Network network;
};
SiglipConfig tiny_siglip() {
  SiglipConfig config;
  config.image = {256, 2, 4, 512};
  config.has_text = false;
  return config;
}
const Tiny kTiny[] = {
    {"resnet18", ResNetConfig{{1, 1, 1, 1}, false}},
    {"resnet50", ResNetConfig{{1, 1, 1, 1}}},
    {"resnext50_32x4d", ResNetConfig{{1, 1, 1, 1}, true, 32, 4}},
    {"efficientnet_b0", EfficientNetConfig{0.5, 0.3}},
    {"efficientnet_lite0", EfficientNetConfig{1.0, 0.3, true, 1e-3f}},
    {"siglip_b16", tiny_siglip()},
};

ModelConfig tiny_config(const Tiny& tiny) {
  ModelConfig config = default_config(*find_architecture(tiny.architecture));
  config.network = tiny.network;
  config.text.reset();
  config.input.width = config.input.height = 64;
  config.input.fit = Fit::kSquash;
  return config;
}

// As tests of networks that no config.json can state: the folder holds the weights, the caller the config.
Model tiny_model(const Tiny& tiny, const testing::TempDir& dir) {
  Model model;
  model.folder = dir.path();
  model.config = tiny_config(tiny);
  model.config.weights = {"w.safetensors"};
  model.id = std::string("tiny-") + tiny.architecture;
  write_safetensors(dir.path() / "w.safetensors", testing::random_weights(model.config));
  return model;
}

TEST(Calibrate, KeepsTheVectorsOfEveryKindOfNetwork) {
  for (const Tiny& tiny : kTiny) {
    SCOPED_TRACE(tiny.architecture);
    const testing::TempDir dir;
    const Model model = tiny_model(tiny, dir);
    const auto pictures = random_pictures(model.config, 32, 1);
    const Quantization quantization = calibrate(model, pictures, {.speed_ms = 10, .notice = {}});
    EXPECT_GE(quantization.cosine_mean, kMinCosine);
    EXPECT_GT(quantization.ranges.size(), 3u) << "nothing became int8";
    // The engine has kept none of the layers in floats behind our back.
    const auto compiled = ov::Core().compile_model(image_graph(model, &quantization), "CPU",
                                                   ov::hint::inference_precision(ov::element::f32),
                                                   ov::hint::dynamic_quantization_group_size(0));
    const auto precisions = layer_precisions(compiled);
    if (engine_has_int8()) {
      EXPECT_EQ(static_cast<std::size_t>(std::count_if(precisions.begin(), precisions.end(), is_int8)),
                quantization.ranges.size());
    }
    // What it says of itself holds for pictures that it has not seen.
    const Session f32(model), int8(model, {}, quantization);
    std::vector<float> a(static_cast<std::size_t>(f32.dim())), b(a);
    double cosine = 0;
    bool same = true;
    const auto fresh = random_pictures(model.config, 16, 2);
    for (const auto& picture : fresh) {
      f32.run(picture, a);
      int8.run(picture, b);
      cosine += static_cast<double>(dot(a, b)) / static_cast<double>(fresh.size());
      same = same && a == b;
    }
    EXPECT_GE(cosine, kMinCosine);
    EXPECT_FALSE(same) << "int8 computed f32";
  }
}

TEST(Calibrate, PutsBackTheLayersThatHurt) {
  const testing::TempDir dir;
  const Model model = tiny_model(kTiny[0], dir);
  const auto pictures = random_pictures(model.config, 16, 1);
  const auto with_target = [&](double target) {
    return calibrate(model, pictures, {.target = target, .speed_ms = 10, .notice = {}});
  };
  const Quantization lax = with_target(-1), strict = with_target(1);
  EXPECT_TRUE(lax.kept.empty());
  EXPECT_FALSE(strict.kept.empty());
  EXPECT_EQ(strict.ranges.size() + strict.kept.size(), lax.ranges.size());
  for (const auto& layer : strict.kept) EXPECT_FALSE(strict.ranges.contains(layer));
  EXPECT_GT(strict.cosine_mean, lax.cosine_mean);
  EXPECT_GE(strict.ranges.size(), lax.ranges.size() / 2) << "gave up the speed for a target out of reach";
}

TEST(Calibrate, RefusesTooFewPictures) {
  const testing::TempDir dir;
  const Model model = tiny_model(kTiny[0], dir);
  EXPECT_THROW(calibrate(model, random_pictures(model.config, 15, 1)), Error);
}

// ---- quantization.json

Quantization some_quantization() {
  Quantization q;
  q.model = "resnet50-12345678";
  q.ranges = {{"conv1", {0, 3.1415927f}}, {"layer1.0.conv1", {-64 * 0.0125f, 191 * 0.0125f}}};
  q.kept = {"layer4.0.conv3"};
  q.bfloat16 = true;
  q.photos = 400;
  q.photos_sha256 = "ab";
  q.percentile = 99.99;
  q.cosine_mean = 0.9991;
  q.cosine_min = 0.9971;
  q.cpu = "some CPU";
  q.f32_images_per_s = 10;
  q.bf16_images_per_s = 20;
  q.int8_images_per_s = 30;
  return q;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kInput);
    return error.what();
  }
  return "no error";
}

TEST(QuantizationFile, SurvivesARoundTrip) {
  const Json json = to_json(some_quantization());
  const Quantization back = parse_quantization(parse_json(dump_json(json), "copy"), "copy");
  EXPECT_EQ(back.ranges, some_quantization().ranges);
  EXPECT_EQ(to_json(back), json);
}

TEST(QuantizationFile, DamageIsAnErrorThatNamesTheField) {
  const Json good = to_json(some_quantization());
  for (const auto& [field, value] : good.items()) {
    Json missing = good, wrong = good;
    missing.erase(field);
    wrong[field] = Json::object({{"x", nullptr}});
    EXPECT_NE(message_of([&] { parse_quantization(missing, "q.json"); }).find(field), std::string::npos) << field;
    EXPECT_NE(message_of([&] { parse_quantization(wrong, "q.json"); }).find("q.json"), std::string::npos) << field;
  }
  for (const Json& range : {Json::array({0}), Json::array({1, 2}), Json::array({0, 0}), Json::array({-1, 2.345}),
                            Json::array({"a", 1}), Json(3)}) {
    Json json = good;
    json["ranges"]["conv1"] = range;
    EXPECT_NE(message_of([&] { parse_quantization(json, "q.json"); }).find("conv1"), std::string::npos) << range;
  }
}

TEST(QuantizationFile, OfOtherWeightsIsRefused) {
  const testing::TempDir dir;
  Model model = tiny_model(kTiny[0], dir);
  EXPECT_FALSE(read_quantization(model));
  write_quantization(some_quantization(), quantization_file(model));
  const std::string message = message_of([&] { read_quantization(model); });
  EXPECT_NE(message.find("resnet50-12345678"), std::string::npos) << message;
  EXPECT_NE(message.find("ootd models quantize"), std::string::npos) << message;
  model.id = "resnet50-12345678";
  EXPECT_EQ(to_json(*read_quantization(model)), to_json(some_quantization()));
  model.id += "@64";  // cut vectors come from the same layers
  model.config.cut = 64;
  EXPECT_TRUE(read_quantization(model));
  std::ofstream(quantization_file(model)) << "{\"format\": 1";
  EXPECT_NE(message_of([&] { read_quantization(model); }).find("quantization.json"), std::string::npos);
}

TEST(Session, WantsRangesForTheInt8OfConvolutionsButNotOfLinearLayers) {
  SessionOptions int8;
  int8.precision = Precision::kInt8;
  const testing::TempDir convolutions, linear;
  const Model resnet = tiny_model(kTiny[0], convolutions), siglip = tiny_model(kTiny[5], linear);
  try {
    const Session session(resnet, int8);
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kNotFound);
    EXPECT_NE(std::string(error.what()).find("ootd models quantize"), std::string::npos);
  }
  const Session f32(siglip), dynamic(siglip, int8);
  std::vector<float> a(256), b(256);
  const auto picture = random_pictures(siglip.config, 1, 1).front();
  f32.run(picture, a);
  dynamic.run(picture, b);
  EXPECT_NE(a, b);
  EXPECT_GE(dot(a, b), kMinCosine);
}

}  // namespace
}  // namespace ootd
