#include "ootd/infer/session.h"

#include <condition_variable>
#include <mutex>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <thread>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/threads.h"
#include "ootd/infer/graph_ops.h"

namespace ootd {
namespace {

namespace op = ov::opset13;

// [1, H, W, 3] bytes in; mean and std are part of the graph, so serving cannot normalise in another way than training
// did.
std::shared_ptr<ov::Model> build(const Model& model, const Weights& weights) {
  const InputSpec& in = model.config.input;
  const auto height = static_cast<std::size_t>(in.height), width = static_cast<std::size_t>(in.width);
  const auto pixels = std::make_shared<op::Parameter>(ov::element::u8, ov::Shape{1, height, width, 3});
  std::vector<float> mean, scale;
  for (std::size_t c = 0; c < 3; ++c) {
    mean.push_back(in.mean[c] * 255.0f);
    scale.push_back(1.0f / (in.std[c] * 255.0f));
  }
  const auto per_channel = [](const std::vector<float>& values) {
    return op::Constant::create(ov::element::f32, ov::Shape{1, 3, 1, 1}, values);
  };
  const auto floats = std::make_shared<op::Convert>(pixels, ov::element::f32);
  const auto order = op::Constant::create(ov::element::i64, ov::Shape{4}, {0, 3, 1, 2});
  const auto planes = std::make_shared<op::Transpose>(floats, order);
  const auto centred = std::make_shared<op::Subtract>(planes, per_channel(mean));
  const auto input = std::make_shared<op::Multiply>(centred, per_channel(scale));
  GraphOps ops(weights);
  const auto output = encoder_forward(ops, input->output(0), model.config);
  return std::make_shared<ov::Model>(ov::OutputVector{output}, ov::ParameterVector{pixels}, model.id);
}

}  // namespace

struct Session::Impl {
  int dim = 0;
  std::size_t input_bytes = 0;
  ov::Core core;
  ov::CompiledModel compiled;

  std::mutex mutex;
  std::condition_variable returned;
  std::vector<ov::InferRequest> idle;  // guarded by mutex
  int streams = 0;

  ov::InferRequest borrow() {
    std::unique_lock lock(mutex);
    returned.wait(lock, [&] { return !idle.empty(); });
    ov::InferRequest request = std::move(idle.back());
    idle.pop_back();
    return request;
  }
  void give_back(ov::InferRequest request) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(request));
    returned.notify_one();
  }
};

Session::Session(const Model& model, const SessionOptions& options) : impl_(std::make_unique<Impl>()) {
  const Weights weights(model.weights_files());
  const std::string_view classifier[] = {model.config.architecture->classifier};
  weights.check(all_weights(model.config), classifier);
  if (options.precision == Precision::kBfloat16 && !cpu_has_bfloat16())
    throw Error(Kind::kUnavailable, "this CPU has no bfloat16 (AVX512-BF16 or AMX); use --precision f32");

  impl_->dim = model.config.dim();
  impl_->input_bytes =
      static_cast<std::size_t>(model.config.input.width) * static_cast<std::size_t>(model.config.input.height) * 3;
  const int threads = thread_count(options.threads);
  const int streams = options.streams > 0 ? std::min(options.streams, threads) : threads;
  try {
    impl_->compiled = impl_->core.compile_model(
        build(model, weights), "CPU", ov::inference_num_threads(threads), ov::num_streams(streams),
        ov::hint::inference_precision(options.precision == Precision::kBfloat16 ? ov::element::bf16 : ov::element::f32),
        // Threads pinned to cores would fight with the decoders and with other processes.
        ov::hint::enable_cpu_pinning(false));
    impl_->streams = streams;
    for (int i = 0; i < streams; ++i) impl_->idle.push_back(impl_->compiled.create_infer_request());
    // The first run of each stream allocates; it should not be the first user who waits for that.
    for (auto& request : impl_->idle) {
      std::fill_n(request.get_input_tensor().data<std::uint8_t>(), impl_->input_bytes, std::uint8_t{0});
      request.start_async();
    }
    for (auto& request : impl_->idle) request.wait();
  } catch (const ov::Exception& problem) {
    throw Error(Kind::kInternal, "OpenVINO cannot compile " + model.id + ": " + problem.what());
  }
}

Session::~Session() = default;

int Session::dim() const { return impl_->dim; }
int Session::streams() const { return impl_->streams; }

void Session::run(std::span<const std::uint8_t> pixels, std::span<float> out) const {
  if (pixels.size() != impl_->input_bytes || out.size() != static_cast<std::size_t>(impl_->dim))
    throw Error(Kind::kInternal, "Session::run: wrong input or output size");
  ov::InferRequest request = impl_->borrow();
  try {
    std::copy(pixels.begin(), pixels.end(), request.get_input_tensor().data<std::uint8_t>());
    request.infer();
    const float* result = request.get_output_tensor().data<float>();
    std::copy(result, result + out.size(), out.begin());
  } catch (const ov::Exception& problem) {
    impl_->give_back(std::move(request));
    throw Error(Kind::kInternal, std::string("OpenVINO: ") + problem.what());
  }
  impl_->give_back(std::move(request));
}

std::string engine_description() {
  ov::Core core;
  std::string text = std::string("OpenVINO ") + ov::get_openvino_version().buildNumber + " on " +
                     core.get_property("CPU", ov::device::full_name) + ",";
  for (const auto& capability : core.get_property("CPU", ov::device::capabilities)) text += " " + capability;
  return text;
}

bool cpu_has_bfloat16() {
  ov::Core core;
  for (const auto& capability : core.get_property("CPU", ov::device::capabilities))
    if (capability == ov::device::capability::BF16) return true;
  return false;
}

}  // namespace ootd
