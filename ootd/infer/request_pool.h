// A compiled graph and the requests that run it. Private to this folder: it shows
// OpenVINO's types.
// Threads: run() and lend() may be called from many threads at once; each call borrows a request and waits if all are
// taken.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <openvino/openvino.hpp>
#include <span>
#include <vector>

#include "ootd/infer/session.h"

namespace ootd {

class RequestPool {
 public:
  // Compiles, and runs each request once where the input's size is fixed: the first run allocates, and no caller should
  // wait for that.
  RequestPool(const std::shared_ptr<ov::Model>& graph, const SessionOptions& options);

  int streams() const { return streams_; }
  // Numbers of the graph's output; 0 if it has several.
  std::size_t output_size() const { return output_size_; }

  // For graphs with one input and one output: copies `input` in and the output out. Throws Error(kInternal) if the
  // sizes are not the graph's.
  void run(std::span<const std::byte> input, std::span<float> output);

  // Lends a request to `work`, which fills it, runs it and reads it. What OpenVINO throws becomes Error(kInternal).
  void lend(const std::function<void(ov::InferRequest&)>& work);

 private:
  ov::InferRequest borrow();
  void give_back(ov::InferRequest request);

  ov::Core core_;
  ov::CompiledModel compiled_;
  int streams_ = 0;
  std::size_t output_size_ = 0;

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<ov::InferRequest> idle_;  // guarded by mutex_
};

}  // namespace ootd
