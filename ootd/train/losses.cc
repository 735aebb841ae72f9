#include "ootd/train/losses.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/words.h"
#include "ootd/train/loss_parts.h"

namespace ootd {
namespace {

constexpr Word<LossKind> kKindNames[] = {
    {"contrastive", LossKind::kContrastive},
    {"inverted_contrastive", LossKind::kInvertedContrastive},
    {"triplet", LossKind::kTriplet},
    {"supcon", LossKind::kSupCon},
    {"infonce", LossKind::kInfoNce},
    {"sigmoid", LossKind::kSigmoid},
    {"multi_similarity", LossKind::kMultiSimilarity},
    {"proxy_anchor", LossKind::kProxyAnchor},
    {"arcface", LossKind::kArcFace},
    {"cross_entropy", LossKind::kCrossEntropy},
};

// NaN passes no comparison, hence the form.
void require(bool holds, const char* field, const char* range) {
  if (!holds) throw Error(Kind::kInput, std::string("loss: ") + field + " must be " + range);
}

void check(const LossConfig& config, int labels, int dim) {
  require(labels >= 1, "the number of labels", "at least 1");
  require(dim >= 1, "dim", "at least 1");
  require(config.temperature > 0 && std::isfinite(config.temperature), "temperature", "above 0");
  require(config.margin >= 0 && std::isfinite(config.margin), "margin", "0 or more");
  require(config.kind != LossKind::kArcFace || config.margin < 3.1f, "margin", "an angle in radians, below pi");
  require(config.ms_alpha > 0 && std::isfinite(config.ms_alpha), "ms_alpha", "above 0");
  require(config.ms_beta > 0 && std::isfinite(config.ms_beta), "ms_beta", "above 0");
  require(std::abs(config.ms_base) <= 1, "ms_base", "a cosine, -1 to 1");
  require(config.ms_epsilon >= 0 && config.ms_epsilon < 1, "ms_epsilon", "0 or more and below 1");
  require(config.proxy_alpha > 0 && std::isfinite(config.proxy_alpha), "proxy_alpha", "above 0");
  require(config.arc_scale > 0 && std::isfinite(config.arc_scale), "arc_scale", "above 0");
  require(config.sub_centers >= 1, "sub_centers", "at least 1");
  std::vector<int> lengths = config.matryoshka;
  std::ranges::sort(lengths);
  require(std::ranges::adjacent_find(lengths) == lengths.end(), "matryoshka", "lengths that differ");
  require(lengths.empty() || (lengths.front() >= 1 && lengths.back() <= dim), "matryoshka", "lengths from 1 to dim");
}

bool is_matrix(const torch::Tensor& tensor, std::int64_t rows, std::int64_t columns) {
  return tensor.defined() && tensor.dim() == 2 && tensor.size(0) == rows && tensor.size(1) == columns;
}

// Float at least: at a temperature of 0.01, bf16's cosines (steps of 2^-8) are noise.
torch::Tensor raised(const torch::Tensor& tensor) {
  return tensor.scalar_type() == torch::kDouble ? tensor : tensor.to(torch::kFloat);
}

torch::Tensor prefix_of(const torch::Tensor& rows, int length) {
  if (length == rows.size(1)) return rows;
  // The bound keeps the slope finite at a prefix of zeros.
  const auto options = torch::nn::functional::NormalizeFuncOptions().dim(1).eps(1e-6);
  return torch::nn::functional::normalize(rows.narrow(1, 0, length), options);
}

// The mean of loss(length) over the prefixes and the whole, which is taken once whether listed or not.
template <class F>
torch::Tensor mean_over_prefixes(const std::vector<int>& prefixes, int dim, const F& loss) {
  torch::Tensor sum = loss(dim);
  int lengths = 1;
  for (const int length : prefixes) {
    if (length == dim) continue;
    sum = sum + loss(length);
    ++lengths;
  }
  return sum / lengths;
}

// Checks the batch, and takes the loss on each length.
class PrefixedLoss : public Loss {
 public:
  PrefixedLoss(std::unique_ptr<Loss> loss, std::vector<int> prefixes, int labels, int dim)
      : loss_(std::move(loss)), prefixes_(std::move(prefixes)), labels_(labels), dim_(dim) {}

  torch::Tensor operator()(const LossBatch& batch) override {
    check(batch);
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    LossBatch whole{raised(batch.embeddings), {}, {}, {}};
    if (whole.embeddings.size(0) == 0) return whole.embeddings.sum();
    whole.labels = batch.labels.to(whole.embeddings.scalar_type());
    if (batch.memory_embeddings.defined()) {
      whole.memory_embeddings = batch.memory_embeddings.detach().to(whole.embeddings.scalar_type());
      whole.memory_labels = batch.memory_labels.to(whole.embeddings.scalar_type());
    }
    return mean_over_prefixes(prefixes_, dim_, [&](int length) {
      LossBatch prefix = whole;
      prefix.embeddings = prefix_of(whole.embeddings, length);
      if (whole.memory_embeddings.defined()) prefix.memory_embeddings = prefix_of(whole.memory_embeddings, length);
      return (*loss_)(prefix);
    });
  }

  std::vector<std::pair<std::string, torch::Tensor>> parameters() override { return loss_->parameters(); }

 private:
  void check(const LossBatch& batch) const {
    const auto rows = [](const torch::Tensor& tensor) { return tensor.defined() ? tensor.size(0) : 0; };
    const bool memory = batch.memory_embeddings.defined() || batch.memory_labels.defined();
    if (is_matrix(batch.embeddings, rows(batch.embeddings), dim_) &&
        is_matrix(batch.labels, rows(batch.embeddings), labels_) &&
        (!memory || (is_matrix(batch.memory_embeddings, rows(batch.memory_embeddings), dim_) &&
                     is_matrix(batch.memory_labels, rows(batch.memory_embeddings), labels_)))) {
      return;
    }
    throw Error(Kind::kInternal, "loss: a batch is rows of " + std::to_string(dim_) + " numbers, each with a row of " +
                                     std::to_string(labels_) + " labels, and the memory likewise");
  }

  const std::unique_ptr<Loss> loss_;
  const std::vector<int> prefixes_;
  const int labels_, dim_;
};

}  // namespace

std::string_view to_string(LossKind kind) { return word_of(kind, kKindNames); }

LossKind parse_loss(std::string_view name) {
  if (const auto kind = find_word(name, kKindNames)) return *kind;
  throw Error(Kind::kInput, "unknown loss \"" + std::string(name) + "\"; known: " + list_words(kKindNames, ", "));
}

LossConfig default_loss(LossKind kind) {
  LossConfig config;
  config.kind = kind;
  switch (kind) {
    case LossKind::kContrastive:
    case LossKind::kInvertedContrastive:
      config.margin = 1;
      break;
    case LossKind::kTriplet:
      config.margin = 0.2f;
      break;
    case LossKind::kInfoNce:
      config.temperature = 0.07f;
      break;
    case LossKind::kProxyAnchor:
      config.margin = 0.1f;
      break;
    case LossKind::kSupCon:
    case LossKind::kSigmoid:
    case LossKind::kMultiSimilarity:
    case LossKind::kArcFace:
    case LossKind::kCrossEntropy:
      break;  // the fields' own
  }
  return config;
}

std::unique_ptr<Loss> make_loss(const LossConfig& config, int labels, int dim, std::uint64_t seed,
                                torch::Device device) {
  check(config, labels, dim);
  return std::make_unique<PrefixedLoss>(
      learns_labels(config.kind) ? make_label_loss(config, labels, dim, seed, device) : make_pair_loss(config, device),
      config.matryoshka, labels, dim);
}

torch::Tensor image_text_loss(PairLoss kind, const torch::Tensor& images, const torch::Tensor& texts,
                              const torch::Tensor& matches, const torch::Tensor& log_scale, const torch::Tensor& bias) {
  if (!is_matrix(matches, images.size(0), texts.size(0)))
    throw Error(Kind::kInternal, "image_text_loss: matches is a row per image with a column per text");
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const torch::Tensor logits = raised(images).matmul(raised(texts).t()) * raised(log_scale).exp();
  const std::int64_t n = images.size(0);
  if (n == 0) return logits.sum();
  switch (kind) {
    // Radford et al. 2021 (CLIP), figure 3.
    case PairLoss::kSoftmax: {
      const torch::Tensor matched = matches > 0;
      const auto direction = [&](int dim) {
        return masked_mean(masked_mean(-torch::log_softmax(logits, dim), matched, dim), matched.any(dim));
      };
      return (direction(1) + direction(0)) / 2;
    }
    // Zhai et al. 2023 (SigLIP), algorithm 1.
    case PairLoss::kSigmoid:
      return -torch::log_sigmoid((2 * matches.to(logits.scalar_type()) - 1) * (logits + raised(bias))).sum() / n;
  }
  throw Error(Kind::kInternal, "image_text_loss: unknown kind");
}

CaptionLoss::CaptionLoss(const LossConfig& config, torch::Device device)
    : kind_(config.kind == LossKind::kInfoNce ? PairLoss::kSoftmax : PairLoss::kSigmoid), prefixes_(config.matryoshka) {
  if (config.kind != LossKind::kInfoNce && config.kind != LossKind::kSigmoid)
    throw Error(Kind::kInput, "captions go with loss = \"sigmoid\" or \"infonce\"");
  // The papers' starts: SigLIP log 10 and -10, CLIP log (1 / 0.07).
  const double scale = kind_ == PairLoss::kSigmoid ? std::log(10.0) : std::log(1 / 0.07);
  log_scale_ = torch::full({}, scale, torch::TensorOptions(device).dtype(torch::kFloat)).requires_grad_(true);
  bias_ = torch::full({}, -10.0, torch::TensorOptions(device).dtype(torch::kFloat)).requires_grad_(true);
}

torch::Tensor CaptionLoss::operator()(const torch::Tensor& rows, const torch::Tensor& texts,
                                      const torch::Tensor& labels) const {
  // CLIP's bound, without which the scale runs away.
  const torch::Tensor log_scale = log_scale_.clamp_max(std::log(100.0));
  return mean_over_prefixes(prefixes_, static_cast<int>(rows.size(1)), [&](int length) {
    return image_text_loss(kind_, prefix_of(rows, length), prefix_of(texts, length), labels, log_scale, bias_);
  });
}

std::vector<std::pair<std::string, torch::Tensor>> CaptionLoss::parameters() const {
  std::vector<std::pair<std::string, torch::Tensor>> list = {{"log_scale", log_scale_}};
  if (kind_ == PairLoss::kSigmoid) list.emplace_back("bias", bias_);
  return list;
}

torch::Tensor relation_loss(const torch::Tensor& embeddings, const torch::Tensor& base, const torch::Tensor& groups,
                            double temperature, const std::vector<int>& matryoshka) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const torch::Tensor rows = raised(embeddings);
  const auto options = rows.options().dtype(torch::kBool).requires_grad(false);
  torch::Tensor others = ~torch::eye(rows.size(0), options);
  if (groups.defined()) others = others & (groups.unsqueeze(1) == groups.unsqueeze(0));
  const torch::Tensor taking_part = (others.sum(1) > 1).nonzero().flatten();
  if (taking_part.size(0) == 0) return (rows * 0).sum();
  const torch::Tensor outside = ~others;
  const auto neighbours = [&](const torch::Tensor& vectors) {
    const torch::Tensor cosines = vectors.mm(vectors.t()) / temperature;
    // Far below any cosine, and finite, so that the slope is zero and not NaN.
    return torch::log_softmax(cosines.masked_fill(outside, -1e9), 1).index_select(0, taking_part);
  };
  const torch::Tensor wanted = neighbours(raised(base)).detach();
  return mean_over_prefixes(matryoshka, static_cast<int>(rows.size(1)), [&](int length) {
    return (wanted.exp() * (wanted - neighbours(prefix_of(rows, length)))).sum(1).mean();
  });
}

void CrossBatchMemory::push(const torch::Tensor& embeddings, const torch::Tensor& labels) {
  if (embeddings.size(0) != labels.size(0)) throw Error(Kind::kInternal, "memory: each row needs its labels");
  // Newest first, so that the oldest fall off the end.
  const auto joined = [&](const torch::Tensor& fresh, const torch::Tensor& old) {
    const torch::Tensor all = old.defined() ? torch::cat({fresh.detach(), old}) : fresh.detach();
    return all.slice(0, 0, capacity_).clone();
  };
  if (capacity_ <= 0 || (embeddings.size(0) == 0 && !embeddings_.defined())) return;
  embeddings_ = joined(embeddings, embeddings_);
  labels_ = joined(labels, labels_);
}

}  // namespace ootd
