#include "ootd/infer/request_pool.h"

#include <cstring>

#include "ootd/base/error.h"
#include "ootd/base/threads.h"

namespace ootd {
namespace {

// Dynamic int8: this many neighbouring inputs share a scale. Larger is faster and coarser: ViT-B/16 on AVX-512 with
// VNNI took 39 ms at 32, 30 at 128, 29 at 256, 28 at 384; from a layer's whole width on, OpenVINO computes in f32.
constexpr std::uint64_t kDynamicGroup = 256;

}  // namespace

RequestPool::RequestPool(const std::shared_ptr<ov::Model>& graph, const SessionOptions& options) {
  if (options.precision == Precision::kBfloat16 && !cpu_has_bfloat16())
    throw Error(Kind::kUnavailable, "this CPU has no bfloat16 (AVX512-BF16 or AMX); use --precision f32");
  const int threads = thread_count(options.threads);
  streams_ = options.streams > 0 ? std::min(options.streams, threads) : threads;
  try {
    compiled_ = core_.compile_model(
        graph, "CPU", ov::inference_num_threads(threads), ov::num_streams(streams_),
        ov::hint::inference_precision(options.precision == Precision::kBfloat16 ? ov::element::bf16 : ov::element::f32),
        ov::hint::dynamic_quantization_group_size(kDynamicGroup),
        // Threads pinned to cores would fight with the decoders and with other processes.
        ov::hint::enable_cpu_pinning(false));
    if (compiled_.outputs().size() == 1 && compiled_.output().get_partial_shape().is_static())
      output_size_ = ov::shape_size(compiled_.output().get_shape());
    for (int i = 0; i < streams_; ++i) idle_.push_back(compiled_.create_infer_request());
    if (graph->is_dynamic()) return;
    for (auto& request : idle_) {
      for (std::size_t i = 0; i < compiled_.inputs().size(); ++i) {
        ov::Tensor input = request.get_input_tensor(i);
        std::memset(input.data(), 0, input.get_byte_size());
      }
      request.start_async();
    }
    for (auto& request : idle_) request.wait();
  } catch (const ov::Exception& problem) {
    throw Error(Kind::kInternal, "OpenVINO cannot compile " + graph->get_friendly_name() + ": " + problem.what());
  }
}

ov::InferRequest RequestPool::borrow() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !idle_.empty(); });
  ov::InferRequest request = std::move(idle_.back());
  idle_.pop_back();
  return request;
}

void RequestPool::give_back(ov::InferRequest request) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(request));
  returned_.notify_one();
}

void RequestPool::lend(const std::function<void(ov::InferRequest&)>& work) {
  ov::InferRequest request = borrow();
  try {
    work(request);
  } catch (const ov::Exception& problem) {
    give_back(std::move(request));
    throw Error(Kind::kInternal, std::string("OpenVINO: ") + problem.what());
  } catch (...) {
    give_back(std::move(request));
    throw;
  }
  give_back(std::move(request));
}

void RequestPool::run(std::span<const std::byte> input, std::span<float> output) {
  lend([&](ov::InferRequest& request) {
    ov::Tensor in = request.get_input_tensor();
    if (input.size() != in.get_byte_size() || output.size() != output_size_)
      throw Error(Kind::kInternal, "a session was given an input or output of the wrong size");
    std::memcpy(in.data(), input.data(), input.size());
    request.infer();
    std::memcpy(output.data(), request.get_output_tensor().data<float>(), output.size_bytes());
  });
}

}  // namespace ootd
