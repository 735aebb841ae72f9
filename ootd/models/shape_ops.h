// The interpreter that computes nothing: it follows shapes for one picture, lists every weight by name and shape, and
// counts parameters and multiply-adds. So a checkpoint is checked before a byte of it is loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/models/ops.h"
#include "ootd/models/weights.h"

namespace ootd {

class ShapeOps {
 public:
  using Tensor = Shape;

  struct Layer {
    std::string name, kind;
    Shape out;
    std::int64_t parameters = 0, multiply_adds = 0;
  };

  Tensor conv2d(const Tensor& x, std::string_view name, const Conv& conv);
  Tensor batch_norm(const Tensor& x, std::string_view name, float eps);
  Tensor layer_norm(const Tensor& x, std::string_view name, float eps);
  Tensor linear(const Tensor& x, std::string_view name, const Linear& linear);
  Tensor activate(const Tensor& x, Activation) { return x; }
  Tensor max_pool2d(const Tensor& x, const Pool& pool);
  Tensor upsample2x(const Tensor& x) { return {x[0], x[1], 2 * x[2], 2 * x[3]}; }
  Tensor mean_pool2d(const Tensor& x) { return {x[0], x[1], 1, 1}; }
  Tensor flatten(const Tensor& x) { return {x[0], x[1] * x[2] * x[3]}; }
  Tensor tokens(const Tensor& x) { return {x[0], x[2] * x[3], x[1]}; }
  Tensor token(const Tensor& x, int) { return {x[0], x[2]}; }
  Tensor prepend(const Tensor& x, const Tensor&) { return {x[0], x[1] + 1, x[2]}; }
  Tensor token_of(const Tensor& x, const Tensor&, int) { return {x[0], x[2]}; }
  Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int heads, Mask mask = Mask::kNone);
  Tensor embedding(const Tensor& ids, std::string_view name, const Table& table);
  Tensor parameter(std::string_view name, const Shape& shape);
  Tensor columns(const Tensor& x, int begin, int count);
  Tensor add(const Tensor& x, const Tensor&) { return x; }
  Tensor mul(const Tensor& x, const Tensor&) { return x; }
  Tensor l2_normalize(const Tensor& x) { return x; }
  int channels(const Tensor& x) const { return static_cast<int>(x[1]); }
  int width(const Tensor& x) const { return static_cast<int>(x.back()); }
  Tensor dropout(const Tensor& x, double) { return x; }
  Tensor drop_path(const Tensor& x, int, int) { return x; }

  const std::vector<WeightSpec>& weights() const { return weights_; }
  const std::vector<Layer>& layers() const { return layers_; }
  std::int64_t parameters() const;
  std::int64_t multiply_adds() const;

 private:
  void weight(std::string_view name, std::string_view suffix, Shape shape, bool trained = true);

  std::vector<WeightSpec> weights_;
  std::vector<Layer> layers_;
};

static_assert(Ops<ShapeOps>);

}  // namespace ootd
