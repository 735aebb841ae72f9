// Every row of kArchitectures at its full size through TorchOps, on the same goldens as GraphOps (tests/infer/slow). Up
// to 6 GiB of memory; the largest take some ten seconds.
#include <gtest/gtest.h>

#include "ootd/torch/torch_ops.h"
#include "tests/testing/architecture_graph.h"
#include "tests/torch/tensors.h"

namespace ootd {
namespace {

using testing::floats_of, testing::tensor_of;

class EveryArchitecture : public ::testing::TestWithParam<const Architecture*> {
 protected:
  // On a CNN's few pixels, threads wait for one another most of the time, and the longer the busier the machine is.
  EveryArchitecture() {
    if (!has_text_tower(GetParam()->network)) at::set_num_threads(1);
  }
};

INSTANTIATE_TEST_SUITE_P(Registry, EveryArchitecture, ::testing::ValuesIn(testing::golden_rows()), testing::row_name);

// Both engines copy the weights: beyond this they would take more memory than a small machine has. The larger rows
// differ from these in size only, and are held to the goldens.
constexpr std::size_t kBothEnginesMax = 250'000'000;

// Sums in another order, through a hundred layers: 1.3e-5 at most was seen.
constexpr double kAlone = 1e-4;

template <class Tower>
void check(const Tower& tower, const torch::Tensor& random_input) {
  const torch::NoGradGuard no_grad;
  const auto specs = testing::specs_of(tower, tower.input_shape());
  auto weights = std::make_unique<const Weights>(testing::procedural_weights(specs));
  const TorchWeights tensors(*weights, specs);
  std::size_t parameters = 0;
  for (const auto& spec : specs) parameters += element_count(spec.shape);
  if (parameters > kBothEnginesMax) weights.reset();

  TorchOps ops(tensors);
  const auto values = tower.input();
  const torch::Tensor input = tensor_of(values, tower.input_shape());
  const torch::Tensor features = tower(ops, input);
  const double share = testing::share_of_tolerance(tower, floats_of(features));
  EXPECT_LE(share, 1) << tower.name << testing::kHowToAdd;
  ::testing::Test::RecordProperty(tower.name + "_share_of_tolerance", std::to_string(share));

  if (weights == nullptr) return;
  // A row's features depend on nothing else in the batch, nor on its place there.
  EXPECT_LT(testing::relative_difference(tower(ops, input.flip(0)).flip(0), features), kAlone) << tower.name;
  EXPECT_LT(testing::relative_difference(tower(ops, input.slice(0, 1, 2)), features.slice(0, 1, 2)), kAlone)
      << tower.name;

  const auto graph = testing::run_graph(*weights, random_input.sizes().vec(),
                                        random_input.const_data_ptr<typename Tower::Value>(), tower);
  EXPECT_LT(testing::relative_difference(tensor_of(graph.values, graph.shape), tower(ops, random_input)), 1e-4)
      << tower.name;
}

TEST_P(EveryArchitecture, InTorchOpsEqualsItsSourceFrameworkAndGraphOps) {
  const Architecture& row = *GetParam();
  torch::manual_seed(11);
  const testing::ImageTower image{row};
  check(image, torch::randn(image.input_shape(3)) * 0.5);
  if (!has_text_tower(row.network)) return;
  const testing::TextTower text{row};
  check(text, torch::randint(vocabulary_of(row.network), text.input_shape(3), torch::kInt64));
}

}  // namespace
}  // namespace ootd
