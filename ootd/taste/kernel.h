// The taste of a person as kernel ridge regression on their answers (equally: the mean of a Gaussian process; Rasmussen
// & Williams 2006, 2.2), with a detector of sudden change.
//
//   m(x) = prior + sum_i alpha_i k(x, x_i),  alpha = (K + diag(noise_i))^-1 (y - prior),  y = 1 for a like, else 0
//   k(a, b) = exp((a.b - 1) / width) + label shared_values(a, b)
//
// Where garments have vectors of their own, in place of exp((a.b - 1) / width)
//
//   (exp((a.b - 1) / width) + garments sum over shared c of exp((g_c(a).g_c(b) - 1) / width) / sqrt(n_a n_b))
//     / (1 + garments)
//
// g_c(x): the look's garment of category c (garment_views.h), n_x: of how many categories it has one. (A mean over the
// shared categories would not be positive definite.)
//
// Vectors are unit vectors as seen from the catalog's mean: all photos lie in one cone, and without that a dislike of
// anything is a dislike of everything. docs/taste.md has the measurements; docs/parameters.md each parameter's effect.
// Threads: immutable once made; any.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ootd/base/matrix.h"
#include "ootd/taste/centre.h"
#include "ootd/taste/cholesky.h"
#include "ootd/taste/policy.h"

namespace ootd {

struct KernelParams {
  float width = 0.35f;             // of the kernel, in cosines
  float label = 0.2f;              // what a shared value of the label adds to the kernel
  float garments = 0.5f;           // weight of the garments' likeness against the whole looks'; 0 = none
  float noise = 1.0f;              // of one answer, against the kernel's 1
  float prior = 0.3f;              // the chance of a like before anything is known
  int most_swipes = 128;           // the latest that count
  int window = 10;                 // predicted answers after which the detector looks; 0 = never
  float evidence = 4.0f;           // log-likelihood ratio that tells a change
  float forgotten_noise = 100.0f;  // of the answers before it
  float load = 0.7f;               // how much a deck is spread
  float label_load = 0.5f;         // the share of a shared label in the likeness of two cards
  int pool = 200;                  // best candidates among which a deck is spread
  int queries = 8;                 // liked looks that are searched around, besides the sum of all
  int per_query = 100;             // unseen looks that each search gives
  int sampled = 100;               // unseen looks at random that are valued too
  int per_label = 200;             // and of each of the label's values that are liked most
  int quiz_looks = 3;              // looks that stand for a picked value of the label
};

// Of which swipe on the standing swipes are of the present taste: 0 unless the likes once fell far behind what was
// predicted. Pure. At every `window`-th predicted answer the latest one, two and three windows of answers are tried:
// are they likelier if only one card in ten (or as few as predicted) is liked than if the predictions hold as well as
// they did before? A likelihood ratio, since the sum of a rare taste's small predictions cannot fall far
// (docs/taste.md).
std::size_t last_change(std::span<const Swipe> standing, const KernelParams& params);

// The looks of a label's value that are most like its others: what the value stands for in the quiz. At most n.
std::vector<LookKey> typical_looks(const IndexView& view, const LookLabels& labels, int value, int n);

class KernelTaste {
 public:
  // The view and what the traits point to outlive this.
  KernelTaste(const Swipes& swipes, const IndexView& view, const LookTraits& traits, const KernelParams& params);

  struct Answer {
    LookKey look = {};
    bool liked = false, picked = false;  // picked: in the quiz
    double alpha = 0;
  };
  // Picks of the quiz, then the swipes that count, oldest first; those whose looks the view has.
  std::span<const Answer> answers() const { return answers_; }
  bool has_like() const;
  const LookLabels* labels() const { return labels_; }  // that count; null = none

  // vectors: [n, dim] centred rows, of these looks. Cost: O(n answers dim (1 + categories of garments)).
  std::vector<float> means(std::span<const LookKey> looks, const Matrix& vectors) const;
  float mean(LookKey look) const;  // the prior for a look that the view lacks

  std::vector<ScorePart> parts(LookKey look) const;
  std::vector<std::vector<LookKey>> reasons(std::span<const LookKey> looks) const;  // as Valued::reasons_for

  // Values of the label by the sum of their answers' weights, the largest first; those above 0, at most n.
  std::vector<int> liked_values(std::size_t n) const;

  // What to search for: the sum of all answers, then liked looks that differ most, by their weight. [n, dim]
  Matrix queries() const;

 private:
  // The answers' garments of one category.
  struct Garments {
    const IndexView* category;
    std::vector<std::size_t> answers;  // that have one
    Matrix vectors;                    // [answers.size(), dim], centred
  };
  // The kernel of a look and each answer but for the label; empty for a look that the view lacks.
  struct Likeness {
    std::vector<float> look;      // [answers]
    std::vector<float> garments;  // [answers]; or empty: none count, or the look has none
  };
  void add_garments(const GarmentViews& categories);  // of all answers
  Likeness likeness_to(LookKey look) const;
  // What whole looks are alike. vector: centred. row: [>= n], of the first n answers.
  void look_parts(std::span<const float> vector, std::size_t n, std::span<float> row) const;
  // What garments add. row: [answers]; false, and nothing written, if none count or the look has none.
  bool garment_parts(LookKey look, std::span<float> row) const;
  float label_part(std::span<const int> values, std::size_t answer) const;

  const IndexView& view_;
  const LookLabels* labels_;
  const KernelParams params_;
  std::vector<Garments> garments_;  // empty: they do not count
  std::vector<Answer> answers_;
  Matrix vectors_;                            // [answers, dim], centred
  std::vector<std::span<const int>> values_;  // of the label, by answer
  std::vector<float> per_garment_;            // 1 / sqrt(how many garments), by answer
  std::vector<float> alphas_;
  std::optional<Cholesky> solved_;
};

// settings: how the log names these parameters, so that two arms of one comparison can be told apart; empty = defaults.
std::unique_ptr<const Policy> kernel_policy(const KernelParams& params = {}, std::string_view settings = {});

}  // namespace ootd
