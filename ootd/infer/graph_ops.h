// The interpreter that builds an OpenVINO graph. Weights become constants; OpenVINO folds batch norm and activations
// into the convolutions when it compiles. Private to this folder and its tests: it shows OpenVINO's types.
#pragma once

#include <memory>
#include <openvino/openvino.hpp>
#include <string_view>

#include "ootd/models/ops.h"
#include "ootd/models/weights.h"

namespace ootd {

class GraphOps {
 public:
  using Tensor = ov::Output<ov::Node>;

  // weights outlives this.
  explicit GraphOps(const Weights& weights) : weights_(weights) {}

  Tensor conv2d(const Tensor& x, std::string_view name, const Conv& conv);
  Tensor batch_norm(const Tensor& x, std::string_view name, float eps);
  Tensor layer_norm(const Tensor& x, std::string_view name, float eps);
  Tensor linear(const Tensor& x, std::string_view name, const Linear& linear);
  Tensor activate(const Tensor& x, Activation activation);
  Tensor max_pool2d(const Tensor& x, const Pool& pool);
  Tensor mean_pool2d(const Tensor& x);
  Tensor flatten(const Tensor& x);
  Tensor tokens(const Tensor& x);
  Tensor token(const Tensor& x, int index);
  Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads);
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
  Tensor weight(std::string_view name, std::string_view suffix, const Shape& shape);

  const Weights& weights_;
};

static_assert(Ops<GraphOps>);

}  // namespace ootd
