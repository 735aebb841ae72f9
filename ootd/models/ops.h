// The operations that a network is written with. A network is a template over Ops (models/nets/*.h) and is written
// once; three interpreters give it a meaning: ShapeOps (here) lists its weights and its cost, GraphOps (infer) builds
// an OpenVINO graph, TorchOps (torch) computes with autograd.
//
// Tensors are float32; pictures are N, C, H, W; sequences are N, T (tokens), D (width). `name` is the weight's name in
// the source framework without ".weight".
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ootd {

using Shape = std::vector<std::int64_t>;

enum class Padding {
  kExplicit,  // Conv::pad on every side
  kSame,      // TensorFlow's: output side = ceil(input / stride), the odd pixel goes right and down
};

struct Conv {
  int out = 0;     // channels
  int kernel = 1;  // a square
  int stride = 1;
  int pad = 0;
  int groups = 1;
  bool bias = false;
  Padding padding = Padding::kExplicit;
};

struct Linear {
  int out = 0;
  bool bias = true;
  char joint = '.';     // PyTorch's fused attention writes "in_proj_weight" where all others write "in_proj.weight"
  bool matrix = false;  // the weight is called `name` alone and is [in, out], as CLIP's projections are
};

struct Table {
  int rows = 0, width = 0;
};

// What a token of a sequence may look at.
enum class Mask {
  kNone,    // every token
  kCausal,  // itself and the tokens before it
};

struct Pool {
  int kernel = 1, stride = 1, pad = 0;
};

enum class Activation {
  kRelu,
  kRelu6,
  kSilu,
  kSigmoid,
  kGelu,       // exact, by erf
  kGeluTanh,   // the tanh approximation; some 1e-4 from kGelu, so the two must not be mixed up
  kQuickGelu,  // x sigmoid(1.702 x), OpenAI's; some 1e-2 from kGelu
};

inline constexpr float kQuickGeluSlope = 1.702f;

template <class O>
concept Ops = requires(O& o, typename O::Tensor x, std::string_view name) {
  // [N, C, H, W] -> [N, conv.out, H', W']; weight [out, C / groups, k, k], bias [out]
  { o.conv2d(x, name, Conv{}) } -> std::same_as<typename O::Tensor>;
  // Per channel: (x - running_mean) / sqrt(running_var + eps) * weight + bias
  { o.batch_norm(x, name, 1e-5f) } -> std::same_as<typename O::Tensor>;
  // Over the last dimension, which `weight` and `bias` scale and shift
  { o.layer_norm(x, name, 1e-6f) } -> std::same_as<typename O::Tensor>;
  // [..., in] -> [..., out]; weight [out, in], bias [out]
  { o.linear(x, name, Linear{}) } -> std::same_as<typename O::Tensor>;
  { o.activate(x, Activation::kRelu) } -> std::same_as<typename O::Tensor>;
  { o.max_pool2d(x, Pool{}) } -> std::same_as<typename O::Tensor>;
  // [N, C, H, W] -> [N, C, 2 H, 2 W]: each pixel becomes four equal ones
  { o.upsample2x(x) } -> std::same_as<typename O::Tensor>;
  // [N, C, H, W] -> [N, C, 1, 1]: the mean over all pixels
  { o.mean_pool2d(x) } -> std::same_as<typename O::Tensor>;
  // [N, C, 1, 1] -> [N, C]
  { o.flatten(x) } -> std::same_as<typename O::Tensor>;
  // [N, C, H, W] -> [N, H * W, C]: pixels in row-major order become tokens
  { o.tokens(x) } -> std::same_as<typename O::Tensor>;
  // [N, T, D] -> [N, D]
  { o.token(x, 0) } -> std::same_as<typename O::Tensor>;
  // [N, T, D], [D] -> [N, T + 1, D]: one more token, at the front
  { o.prepend(x, x) } -> std::same_as<typename O::Tensor>;
  // x [N, T, D], ids [N, T] -> [N, D]: each row's token at the first place where its ids are `id`; where they are
  // largest if id < 0; the first token if it has none.
  { o.token_of(x, x, 0) } -> std::same_as<typename O::Tensor>;
  // Softmax(q k' / sqrt(D / heads)) v, each head on its own part of D (Vaswani et al. 2017, 3.2).
  // q [N or 1, Q, D]; k, v [N, K, D] -> [N, Q, D]
  { o.attention(x, x, x, 1, Mask::kNone) } -> std::same_as<typename O::Tensor>;
  // Token numbers [N, T] -> [N, T, width]; weight [rows, width]
  { o.embedding(x, name, Table{}) } -> std::same_as<typename O::Tensor>;
  // A learned tensor; `name` is its full name
  { o.parameter(name, Shape{}) } -> std::same_as<typename O::Tensor>;
  // Columns begin .. begin + count of the last dimension
  { o.columns(x, 0, 1) } -> std::same_as<typename O::Tensor>;
  { o.add(x, x) } -> std::same_as<typename O::Tensor>;  // x + y; y may lack N or have 1 there
  { o.mul(x, x) } -> std::same_as<typename O::Tensor>;  // x * y, y may be [N, C, 1, 1]
  // Each row scaled to L2 length 1
  { o.l2_normalize(x) } -> std::same_as<typename O::Tensor>;
  // Channels of a picture, tokens of a sequence: the size of dimension 1
  { o.channels(x) } -> std::same_as<int>;
  // Width of a matrix or a sequence: the size of the last dimension
  { o.width(x) } -> std::same_as<int>;
  // Drops single values at this rate while training, and scales the others up
  { o.dropout(x, 0.0) } -> std::same_as<typename O::Tensor>;
  // Stochastic depth (Huang et al. 2016): drops the residual branch x of block index/count while training
  { o.drop_path(x, 0, 1) } -> std::same_as<typename O::Tensor>;
};

}  // namespace ootd
