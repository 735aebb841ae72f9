// Labels that look wrong: photos whose neighbours in an embedding nearly all say something else. For people to look at;
// nothing is changed by it. Best on the base model's features: a trained encoder has learnt the wrong labels, too.
//
// A photo is a suspect if the share of its k nearest neighbours that carry another label is far above the share that
// carry its own. In the spirit of confident learning (Northcutt, Jiang & Chuang 2021) only labels that the embedding
// knows accuse or are accused: those that on average half of the neighbours of their own photos carry.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "ootd/train/alarms.h"
#include "ootd/train/sample_set.h"

namespace ootd {

struct LabelSuspect {
  std::size_t sample = 0;
  int label = 0;           // the one that it carries; of several the best supported
  int neighbours_say = 0;  // a label that it does not carry
  double confidence = 0;   // share of the neighbours that say so, less the share that carries its own; in (0, 1]
};

struct LabelNoiseOptions {
  int neighbours = 10;
  // Of neighbours' shares. On seven label keys of four data sets, labelled by people, this leaves 0.1 to 3.3 % of the
  // photos (EfficientNet-Lite0 features); at .5 it would be up to 5.3 %.
  double least_confidence = 0.7;
  int threads = 0;
};

// vectors: row i of sample i, of length 1. Photos without a label take no part. The most suspect first; none from fewer
// than 2 * neighbours labelled photos. Cost: O(n^2 cols): 10,000 x 128 in about 3 s on one core.
std::vector<LabelSuspect> label_suspects(const Matrix& vectors, const LabelColumn& column,
                                         const LabelNoiseOptions& options = {});

// At more than kUsualNoise suspects of all labelled photos.
std::optional<Alarm> label_noise_alarm(std::span<const LabelSuspect> suspects, const LabelColumn& column);
// The mean share of wrong labels in the test sets of ten well-known data sets (Northcutt, Athalye & Mueller 2021).
inline constexpr double kUsualNoise = 0.034;

// suspects.csv: file, key, label, neighbours_say, confidence.
void write_suspects(const std::filesystem::path& file, std::span<const LabelSuspect> suspects, const SampleSet& set,
                    const LabelColumn& column);

}  // namespace ootd
