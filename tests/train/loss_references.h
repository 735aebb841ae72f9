// The losses written out over doubles, one loop per sum of the formula: the slow twins that say what is right. They
// take rows as they come (a cosine is a plain inner product), so that any number of a row can be moved for a finite
// difference.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "ootd/train/losses.h"

namespace ootd::testing {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

// A batch, and what the loss learns: proxies or centres (label-major), classifier with its bias, log scale with bias.
struct PlainBatch {
  Rows embeddings, labels, memory_embeddings, memory_labels, learnt;
  Row bias;
};

inline double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline Row unit(Row row) {
  const double length = std::sqrt(dot(row, row));
  for (double& value : row) value /= length;
  return row;
}

// What one anchor sees: the cosines with its alike and its unlike rows.
struct Seen {
  Row alike, unlike;
};

inline std::vector<Seen> anchors_of(const PlainBatch& batch) {
  Rows far = batch.embeddings, far_labels = batch.labels;
  far.insert(far.end(), batch.memory_embeddings.begin(), batch.memory_embeddings.end());
  far_labels.insert(far_labels.end(), batch.memory_labels.begin(), batch.memory_labels.end());
  const auto labelled = [](const Row& row) { return std::ranges::count(row, 1.0) > 0; };
  std::vector<Seen> anchors(batch.embeddings.size());
  for (std::size_t i = 0; i < batch.embeddings.size(); ++i) {
    for (std::size_t j = 0; j < far.size(); ++j) {
      if (i == j || !labelled(batch.labels[i]) || !labelled(far_labels[j])) continue;
      Seen& seen = anchors[i];
      (dot(batch.labels[i], far_labels[j]) > 0 ? seen.alike : seen.unlike).push_back(dot(batch.embeddings[i], far[j]));
    }
  }
  return anchors;
}

// Sum and count, for means.
struct Mean {
  double sum = 0;
  int count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  double value() const { return count == 0 ? 0 : sum / count; }
};

inline double distance(double cosine) { return std::sqrt(2 - 2 * cosine); }

inline double contrastive_reference(const PlainBatch& batch, double margin, bool inverted) {
  Mean pull, push;
  for (const Seen& seen : anchors_of(batch)) {
    for (const double s : inverted ? seen.unlike : seen.alike) pull.add(distance(s) * distance(s));
    for (const double s : inverted ? seen.alike : seen.unlike) {
      if (distance(s) < margin) push.add((margin - distance(s)) * (margin - distance(s)));
    }
  }
  return pull.value() + push.value();
}

inline double triplet_reference(const PlainBatch& batch, double margin, TripletMining mining) {
  Mean mean;
  for (const Seen& seen : anchors_of(batch)) {
    if (seen.alike.empty() || seen.unlike.empty()) continue;
    double farthest_alike = 0, nearest = 9, farthest = 0;
    for (const double s : seen.alike) farthest_alike = std::max(farthest_alike, distance(s));
    for (const double s : seen.unlike) {
      nearest = std::min(nearest, distance(s));
      farthest = std::max(farthest, distance(s));
    }
    if (mining == TripletMining::kBatchHard) {
      mean.add(std::max(0.0, farthest_alike - nearest + margin));
      continue;
    }
    for (const double alike : seen.alike) {
      double chosen = 9;
      for (const double s : seen.unlike) {
        if (distance(s) > distance(alike)) chosen = std::min(chosen, distance(s));
      }
      if (chosen == 9) chosen = farthest;
      mean.add(std::max(0.0, distance(alike) - chosen + margin));
    }
  }
  return mean.value();
}

inline double sup_con_reference(const PlainBatch& batch, double temperature) {
  Mean over_anchors;
  for (const Seen& seen : anchors_of(batch)) {
    double total = 0;
    for (const double s : seen.alike) total += std::exp(s / temperature);
    for (const double s : seen.unlike) total += std::exp(s / temperature);
    Mean over_alike;
    for (const double s : seen.alike) over_alike.add(-std::log(std::exp(s / temperature) / total));
    if (over_alike.count > 0) over_anchors.add(over_alike.value());
  }
  return over_anchors.value();
}

inline double info_nce_reference(const PlainBatch& batch, double temperature) {
  Mean mean;
  for (const Seen& seen : anchors_of(batch)) {
    double unlike = 0;
    for (const double s : seen.unlike) unlike += std::exp(s / temperature);
    for (const double s : seen.alike) {
      mean.add(-std::log(std::exp(s / temperature) / (std::exp(s / temperature) + unlike)));
    }
  }
  return mean.value();
}

inline double sigmoid_reference(const PlainBatch& batch) {
  const double scale = std::exp(batch.bias[0]), bias = batch.bias[1];
  double sum = 0;
  std::size_t alikes = 0;
  for (const Seen& seen : anchors_of(batch)) {
    alikes += seen.alike.size();
    for (const double s : seen.alike) sum -= std::log(1 / (1 + std::exp(-(scale * s + bias))));
    for (const double s : seen.unlike) sum -= std::log(1 / (1 + std::exp(scale * s + bias)));
  }
  return alikes == 0 ? 0 : sum / static_cast<double>(alikes);
}

inline double multi_similarity_reference(const PlainBatch& batch, const LossConfig& config) {
  const double epsilon = config.ms_epsilon;
  Mean mean;
  for (const Seen& seen : anchors_of(batch)) {
    if (seen.alike.empty() || seen.unlike.empty()) continue;
    const double least_alike = *std::ranges::min_element(seen.alike),
                 most_unlike = *std::ranges::max_element(seen.unlike);
    double pull = 1, push = 1;
    for (const double s : seen.alike) {
      if (s - epsilon < most_unlike) pull += std::exp(-config.ms_alpha * (s - config.ms_base));
    }
    for (const double s : seen.unlike) {
      if (s + epsilon > least_alike) push += std::exp(config.ms_beta * (s - config.ms_base));
    }
    mean.add(std::log(pull) / config.ms_alpha + std::log(push) / config.ms_beta);
  }
  return mean.value();
}

inline double proxy_anchor_reference(const PlainBatch& batch, const LossConfig& config) {
  const double alpha = config.proxy_alpha, margin = config.margin;
  Mean pulls, pushes;
  for (std::size_t c = 0; c < batch.learnt.size(); ++c) {
    double pull = 1, push = 1;
    bool present = false;
    for (std::size_t i = 0; i < batch.embeddings.size(); ++i) {
      const double s = dot(batch.embeddings[i], unit(batch.learnt[c]));
      if (batch.labels[i][c] == 1) {
        present = true;
        pull += std::exp(-alpha * (s - margin));
      } else if (std::ranges::count(batch.labels[i], 1.0) > 0) {
        push += std::exp(alpha * (s + margin));
      }
    }
    if (present) pulls.add(std::log(pull));
    pushes.add(std::log(push));
  }
  return pulls.value() + pushes.value();
}

inline double arc_face_reference(const PlainBatch& batch, const LossConfig& config) {
  const double margin = config.margin, scale = config.arc_scale;
  const std::size_t subs = static_cast<std::size_t>(config.sub_centers);
  Mean over_rows;
  for (std::size_t i = 0; i < batch.embeddings.size(); ++i) {
    Row cosines(batch.labels[i].size(), -9);
    for (std::size_t k = 0; k < batch.learnt.size(); ++k) {
      cosines[k / subs] = std::max(cosines[k / subs], dot(batch.embeddings[i], unit(batch.learnt[k])));
    }
    double rest = 0;
    for (std::size_t c = 0; c < cosines.size(); ++c) {
      if (batch.labels[i][c] == 0) rest += std::exp(scale * cosines[c]);
    }
    Mean over_labels;
    for (std::size_t c = 0; c < cosines.size(); ++c) {
      if (batch.labels[i][c] == 0) continue;
      const double angle = std::acos(cosines[c]);
      const double target =
          angle < std::numbers::pi - margin ? std::cos(angle + margin) : std::cos(angle) - margin * std::sin(margin);
      over_labels.add(-std::log(std::exp(scale * target) / (std::exp(scale * target) + rest)));
    }
    if (over_labels.count > 0) over_rows.add(over_labels.value());
  }
  return over_rows.value();
}

inline double cross_entropy_reference(const PlainBatch& batch) {
  Mean over_rows;
  for (std::size_t i = 0; i < batch.embeddings.size(); ++i) {
    Row odds;
    double total = 0;
    for (std::size_t c = 0; c < batch.learnt.size(); ++c) {
      odds.push_back(std::exp(dot(batch.embeddings[i], batch.learnt[c]) + batch.bias[c]));
      total += odds.back();
    }
    Mean over_labels;
    for (std::size_t c = 0; c < odds.size(); ++c) {
      if (batch.labels[i][c] == 1) over_labels.add(-std::log(odds[c] / total));
    }
    if (over_labels.count > 0) over_rows.add(over_labels.value());
  }
  return over_rows.value();
}

inline double whole_reference(const LossConfig& config, const PlainBatch& batch) {
  switch (config.kind) {
    case LossKind::kContrastive:
      return contrastive_reference(batch, config.margin, false);
    case LossKind::kInvertedContrastive:
      return contrastive_reference(batch, config.margin, true);
    case LossKind::kTriplet:
      return triplet_reference(batch, config.margin, config.mining);
    case LossKind::kSupCon:
      return sup_con_reference(batch, config.temperature);
    case LossKind::kInfoNce:
      return info_nce_reference(batch, config.temperature);
    case LossKind::kSigmoid:
      return sigmoid_reference(batch);
    case LossKind::kMultiSimilarity:
      return multi_similarity_reference(batch, config);
    case LossKind::kProxyAnchor:
      return proxy_anchor_reference(batch, config);
    case LossKind::kArcFace:
      return arc_face_reference(batch, config);
    case LossKind::kCrossEntropy:
      return cross_entropy_reference(batch);
  }
  return NAN;
}

// Matryoshka: the mean over the whole and each prefix shorter than it, rescaled to length 1.
inline double loss_reference(const LossConfig& config, const PlainBatch& batch) {
  Mean mean;
  mean.add(whole_reference(config, batch));
  for (const int length : config.matryoshka) {
    if (length == static_cast<int>(batch.embeddings[0].size())) continue;
    PlainBatch prefix = batch;
    for (Row& row : prefix.embeddings) {
      row.resize(static_cast<std::size_t>(length));
      row = unit(row);
    }
    for (Row& row : prefix.memory_embeddings) {
      row.resize(static_cast<std::size_t>(length));
      row = unit(row);
    }
    for (Row& row : prefix.learnt) row.resize(static_cast<std::size_t>(length));
    mean.add(whole_reference(config, prefix));
  }
  return mean.value();
}

}  // namespace ootd::testing
