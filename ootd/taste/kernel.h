// The taste of a person as kernel ridge regression on their answers (equally: the mean of a Gaussian process; Rasmussen
// & Williams 2006, 2.2), with a detector of sudden change.
//
//   m(x) = prior + sum_i alpha_i k(x, x_i),  alpha = (K + diag(noise_i))^-1 (y - prior),  y = 1 for a like, else 0
//   k(a, b) = exp((a.b - 1) / width) + label [a and b share a value of the label]
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
#include "ootd/taste/cholesky.h"
#include "ootd/taste/policy.h"

namespace ootd {

struct KernelParams {
  float width = 0.35f;             // of the kernel, in cosines
  float label = 0.2f;              // what a shared value of the label adds to the kernel
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
  int quiz_looks = 3;              // looks that stand for a picked value of the label
};

// Of which swipe on the standing swipes are of the present taste: 0 unless the likes once fell far behind what was
// predicted. Pure. At every `window`-th predicted answer the latest one, two and three windows of answers are tried:
// are they likelier if only one card in ten (or as few as predicted) is liked than if the predictions hold as well as
// they did before? A likelihood ratio, since the sum of a rare taste's small predictions cannot fall far
// (docs/taste.md).
std::size_t last_change(std::span<const Swipe> standing, const KernelParams& params);

// Unit vectors as seen from the view's mean. out: [view.dim()]; false if the view does not have the look.
bool centre(const IndexView& view, LookKey look, std::span<float> out);

// The looks of a label's value that are most like its others: what the value stands for in the quiz. At most n.
std::vector<LookKey> typical_looks(const IndexView& view, const LookLabels& labels, int value, int n);

class KernelTaste {
 public:
  // labels: null = none.
  KernelTaste(const Swipes& swipes, const IndexView& view, const LookLabels* labels, const KernelParams& params);

  struct Answer {
    LookKey look = {};
    bool liked = false, picked = false;  // picked: in the quiz
    double alpha = 0;
  };
  // Picks of the quiz, then the swipes that count, oldest first; those whose looks the view has.
  std::span<const Answer> answers() const { return answers_; }
  bool has_like() const;

  // vectors: [n, dim] centred rows, of these looks. Cost: O(n answers dim).
  std::vector<float> means(std::span<const LookKey> looks, const Matrix& vectors) const;
  float mean(LookKey look) const;  // the prior for a look that the view lacks

  std::vector<ScorePart> parts(LookKey look) const;
  std::vector<std::vector<LookKey>> reasons(std::span<const LookKey> looks) const;  // as Valued::reasons_for

  // What to search for: the sum of all answers, then liked looks that differ most, by their weight. [n, dim]
  Matrix queries() const;

 private:
  std::vector<double> kernel_of(LookKey look) const;  // [answers]; empty for a look that the view lacks
  float label_part(std::span<const int> values, std::size_t answer) const;

  const IndexView& view_;
  const LookLabels* labels_;
  const KernelParams params_;
  std::vector<Answer> answers_;
  Matrix vectors_;                            // [answers, dim], centred
  std::vector<std::span<const int>> values_;  // of the label, by answer
  std::vector<float> alphas_;
  std::optional<Cholesky> solved_;
};

// settings: how the log names these parameters, so that two arms of one comparison can be told apart; empty = defaults.
std::unique_ptr<const Policy> kernel_policy(const KernelParams& params = {}, std::string_view settings = {});

}  // namespace ootd
