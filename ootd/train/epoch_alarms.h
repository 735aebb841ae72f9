// The alarms that watch a run from epoch to epoch: collapse, stagnation, inverted labels. They look at the validation
// vectors, since the training loss alone may look well in all three.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "ootd/eval/retrieval.h"
#include "ootd/train/alarms.h"

namespace ootd {

// tr(C)^2 / tr(C^2) of the rows' covariance C: the number of directions that the rows use, from 1 to cols (all
// directions alike); 0 if all rows are equal. It is the exponential of the Renyi entropy of order 2 of C's spectrum,
// thus never above Roy & Vetterli's effective rank (2007; order 1), and needs no eigenvalues. (Litwin-Kumar et al. 2017
// call it dimension.) Of more than 2,000 rows an even selection is taken. Cost: O(rows cols min(rows, cols)).
double participation_ratio(const Matrix& rows);

// What is known after an epoch. Epoch 0 is the state before the first step, without a loss.
struct EpochStats {
  int epoch = 0;
  double loss = std::numeric_limits<double>::quiet_NaN();  // mean over the epoch's steps
  double map = 0;                                          // on the validation photos
  double variance = 0;             // of the unit vectors about their mean: 1 - |mean|^2, about 1 - the mean cosine
  double participation_ratio = 0;  // of the vectors
  double label_ratio = 0;          // ... of the labels as vectors: the directions that telling them apart takes
  // Mean cosine of the pairs that share a label less that of the pairs that do not, in standard deviations of all
  // pairs' cosines; 0 where one of the two sorts is missing.
  double separation = 0;
  double rows = 0;  // labelled photos
};
// labels[i]: of row i; rows without a label count for variance and directions only.
EpochStats epoch_stats(int epoch, double loss, double map, const Matrix& vectors, const std::vector<LabelSet>& labels);

// What is wrong after the last of these; history: epoch 0 (or the first that is known) first.
std::vector<Alarm> epoch_alarms(std::span<const EpochStats> history);

// A run that was resumed sees the same alarms, as all follows from the history. Those of epoch_alarms() that did not
// stand after the epoch before, so that a lasting fault is told once.
std::vector<Alarm> new_epoch_alarms(std::span<const EpochStats> history);

}  // namespace ootd
