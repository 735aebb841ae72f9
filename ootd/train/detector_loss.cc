#include "ootd/train/detector_loss.h"

#include <algorithm>
#include <array>

namespace ootd {
namespace {

// The points of all levels, as columns that broadcast over pictures: [P].
struct Points {
  torch::Tensor x, y, stride;
};

Points points_of(std::span<const torch::Tensor> maps) {
  std::vector<torch::Tensor> xs, ys, strides;
  for (std::size_t level = 0; level < maps.size(); ++level) {
    const auto rows = maps[level].size(2), columns = maps[level].size(3);
    const auto stride = static_cast<double>(kDetectorStrides[level]);
    const auto options = torch::TensorOptions(torch::kFloat32);
    const auto grid = torch::meshgrid({torch::arange(rows, options), torch::arange(columns, options)}, "ij");
    ys.push_back((grid[0].flatten() + 0.5) * stride);
    xs.push_back((grid[1].flatten() + 0.5) * stride);
    strides.push_back(torch::full({rows * columns}, stride, options));
  }
  return {torch::cat(xs), torch::cat(ys), torch::cat(strides)};
}

std::span<const float> floats_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace

torch::Tensor giou_loss(const torch::Tensor& a, const torch::Tensor& b) {
  const auto low = [](const torch::Tensor& t) { return t.narrow(1, 0, 2); };
  const auto high = [](const torch::Tensor& t) { return t.narrow(1, 2, 2); };
  const auto area = [](const torch::Tensor& sides) { return sides.clamp_min(0).prod(1); };
  const torch::Tensor both = area(torch::minimum(high(a), high(b)) - torch::maximum(low(a), low(b)));
  const torch::Tensor either = area(high(a) - low(a)) + area(high(b) - low(b)) - both;
  const torch::Tensor around = area(torch::maximum(high(a), high(b)) - torch::minimum(low(a), low(b)));
  constexpr double kTiny = 1e-7;
  return 1 - both / (either + kTiny) + (around - either) / (around + kTiny);
}

torch::Tensor quality_focal_loss(const torch::Tensor& logits, const torch::Tensor& targets) {
  const torch::Tensor score = torch::sigmoid(logits);
  // softplus(x) = -log(1 - s), and -log s = softplus(x) - x
  const torch::Tensor cross_entropy = torch::softplus(logits) - targets * logits;
  return ((targets - score).square() * cross_entropy).sum();
}

DetectorLoss detector_loss(std::span<const torch::Tensor> maps, const DetectorNet& net,
                           std::span<const std::vector<LabelledBox>> boxes, const AssignConfig& config) {
  std::vector<torch::Tensor> flat;
  for (const auto& map : maps) flat.push_back(map.flatten(2));
  const torch::Tensor all = torch::cat(flat, 2).transpose(1, 2);  // [N, P, channels]
  const Points points = points_of(maps);
  const std::int64_t pictures = all.size(0), count = all.size(1);
  constexpr double kLargest = 8;  // as point_distance()

  DetectorLoss loss{torch::zeros({}), torch::zeros({})};
  std::int64_t channel = 0;
  int first_label = 0;
  for (const int classes : net.groups) {
    const torch::Tensor distances =
        torch::exp(all.narrow(2, channel, 4).clamp_max(kLargest)) * points.stride.unsqueeze(1);
    const torch::Tensor logits = all.narrow(2, channel + 4, classes);
    const torch::Tensor predicted = torch::stack({points.x - distances.select(2, 0), points.y - distances.select(2, 1),
                                                  points.x + distances.select(2, 2), points.y + distances.select(2, 3)},
                                                 2);  // [N, P, 4]

    const torch::Tensor boxes_now = predicted.detach().contiguous(),
                        scores_now = torch::sigmoid(logits.detach()).contiguous();
    torch::Tensor targets = torch::zeros_like(scores_now);
    std::vector<std::int64_t> responsible;
    std::vector<float> qualities, wanted;
    for (std::int64_t n = 0; n < pictures; ++n) {
      std::vector<LabelledBox> mine;
      for (const auto& labelled : boxes[static_cast<std::size_t>(n)])
        if (labelled.label >= first_label && labelled.label < first_label + classes)
          mine.push_back({labelled.label - first_label, labelled.box});
      if (mine.empty()) continue;
      std::vector<Box> now(static_cast<std::size_t>(count));
      const float* side = boxes_now.data_ptr<float>() + n * count * 4;
      for (Box& box : now) {
        box = {side[0], side[1], side[2] - side[0], side[3] - side[1]};
        side += 4;
      }
      const auto assigned = assign_points(
          {floats_of(points.x), floats_of(points.y), now, floats_of(scores_now[n]), classes}, mine, config);
      float* target = targets.data_ptr<float>() + n * count * classes;
      for (std::size_t p = 0; p < assigned.size(); ++p) {
        const PointTarget& at = assigned[p];
        if (at.box < 0 || at.quality <= 0) continue;
        const auto& [label, box, ignored] = mine[static_cast<std::size_t>(at.box)];
        target[p * static_cast<std::size_t>(classes) + static_cast<std::size_t>(label)] = at.quality;
        responsible.push_back(n * count + static_cast<std::int64_t>(p));
        qualities.push_back(at.quality);
        wanted.insert(wanted.end(), {box.x, box.y, box.right(), box.bottom()});
      }
    }
    const double sum = std::max(1.0, targets.sum().item<double>());
    loss.score = loss.score + quality_focal_loss(logits, targets) / sum;
    if (!responsible.empty()) {
      const auto k = static_cast<std::int64_t>(responsible.size());
      const torch::Tensor rows = predicted.reshape({-1, 4}).index_select(0, torch::tensor(responsible));
      const torch::Tensor fits = giou_loss(rows, torch::tensor(wanted).reshape({k, 4}));
      loss.box = loss.box + (torch::tensor(qualities) * fits).sum() / sum;
    }
    channel += 4 + classes;
    first_label += classes;
  }
  return loss;
}

}  // namespace ootd
