// The interpreter that builds an OpenVINO graph. Weights become constants; OpenVINO folds batch norm and activations
// into the convolutions when it compiles. Private to this folder and its tests: it shows OpenVINO's types.
//
// With a Quantization, layers are built so that OpenVINO computes them in int8:
//   static   a layer that has a range: FakeQuantize on its input (256 levels over the range) and on its weights (255
//            levels, one symmetric range an output channel). Batch norm is folded into the weights first, since their
//            ranges are those of the weights that are multiplied. A residual sum takes the quantised form of a summand
//            that has one, which then need not exist in f32.
//   dynamic  linear layers without one: int8 weights with their scales; the engine finds the inputs' ranges as it runs.
// All others are f32.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <openvino/openvino.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/infer/quantization.h"
#include "ootd/models/ops.h"
#include "ootd/models/weights.h"

namespace ootd {

class GraphOps {
 public:
  using Tensor = ov::Output<ov::Node>;

  // Is told the input of every layer that could be static int8. Those that are not told: layers on one pixel, whose
  // cost is nothing, and on constants.
  using Observer = std::function<void(const std::string& layer, const Tensor& input)>;

  // Null: f32. weights and quantization outlive this.
  explicit GraphOps(const Weights& weights, const Quantization* quantization = nullptr, Observer observer = {})
      : weights_(weights), quantization_(quantization), observer_(std::move(observer)) {}

  Tensor conv2d(const Tensor& x, std::string_view name, const Conv& conv);
  Tensor batch_norm(const Tensor& x, std::string_view name, float eps);
  Tensor layer_norm(const Tensor& x, std::string_view name, float eps);
  Tensor linear(const Tensor& x, std::string_view name, const Linear& linear);
  Tensor activate(const Tensor& x, Activation activation);
  Tensor max_pool2d(const Tensor& x, const Pool& pool);
  Tensor upsample2x(const Tensor& x);
  Tensor mean_pool2d(const Tensor& x);
  Tensor flatten(const Tensor& x);
  Tensor tokens(const Tensor& x);
  Tensor token(const Tensor& x, int index);
  Tensor prepend(const Tensor& x, const Tensor& token);
  Tensor token_of(const Tensor& x, const Tensor& ids, int id);
  Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads, Mask mask = Mask::kNone);
  Tensor embedding(const Tensor& ids, std::string_view name, const Table& table);
  Tensor parameter(std::string_view name, const Shape& shape) { return weight(name, "", shape); }
  Tensor columns(const Tensor& x, int begin, int count);
  Tensor add(const Tensor& x, const Tensor& y);
  Tensor mul(const Tensor& x, const Tensor& y);
  Tensor l2_normalize(const Tensor& x);
  int channels(const Tensor& x) const;
  int width(const Tensor& x) const;
  // A graph only serves, so nothing is dropped.
  Tensor dropout(const Tensor& x, double) { return x; }
  Tensor drop_path(const Tensor& x, int, int) { return x; }

 private:
  // A convolution whose weights and bias are at hand.
  struct Filled {
    Tensor x;
    std::string name;
    Conv conv;
    std::vector<float> kernel, bias;  // no bias: empty
  };
  using Place = std::pair<const ov::Node*, std::size_t>;  // an output of a node

  Tensor weight(std::string_view name, std::string_view suffix, const Shape& shape);
  Tensor convolution(const Filled& filled);
  // The range of the layer's input if it is static int8.
  const Range* observed_range(const std::string& layer, const Tensor& input);
  Tensor fake_quantized(const Tensor& x, const Range& range);
  // x as a static int8 layer took it, if one did.
  Tensor quantized_form(const Tensor& x) const;

  const Weights& weights_;
  const Quantization* const quantization_;
  const Observer observer_;
  std::map<Place, Filled> convolutions_;                 // may be followed by a batch norm to fold
  std::map<Place, std::pair<Range, Tensor>> quantized_;  // one tensor is quantised once, however many layers take it
  std::vector<Tensor> replaced_;  // keeps replaced convolutions alive, so that no Place is taken a second time
};

static_assert(Ops<GraphOps>);

}  // namespace ootd
