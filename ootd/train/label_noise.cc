#include "ootd/train/label_noise.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/eval/candidates.h"
#include "ootd/train/alarm_text.h"

namespace ootd {
namespace {

constexpr double kKnown = 0.5;  // least usual share of a label that has a say

std::vector<std::size_t> labelled_samples(const LabelColumn& column) {
  std::vector<std::size_t> samples;
  for (std::size_t i = 0; i < column.labels.size(); ++i)
    if (!column.labels[i].empty()) samples.push_back(i);
  return samples;
}

// shares.row(n)[label]: of the neighbours of samples[n].
Matrix neighbour_shares(const Matrix& vectors, const LabelColumn& column, const std::vector<std::size_t>& samples,
                        const LabelNoiseOptions& options) {
  LabelledRows rows;
  rows.vectors = Matrix(samples.size(), vectors.cols());
  for (std::size_t n = 0; n < samples.size(); ++n) {
    std::ranges::copy(vectors.row(samples[n]), rows.vectors.row(n).begin());
    rows.labels.push_back(column.labels[samples[n]]);
    rows.ids.push_back(static_cast<LookKey>(n));
  }
  const auto nearest = nearest_candidates(rows, rows, static_cast<std::size_t>(options.neighbours), options.threads);
  Matrix shares(samples.size(), column.names.size());
  for (std::size_t n = 0; n < samples.size(); ++n)
    for (const Candidate& neighbour : nearest[n])
      for (const int label : rows.labels[neighbour.row])
        shares.row(n)[static_cast<std::size_t>(label)] += 1.0f / static_cast<float>(options.neighbours);
  return shares;
}

}  // namespace

std::vector<LabelSuspect> label_suspects(const Matrix& vectors, const LabelColumn& column,
                                         const LabelNoiseOptions& options) {
  if (vectors.rows() != column.labels.size())
    throw Error(Kind::kInternal, "label_suspects: " + std::to_string(vectors.rows()) + " vectors for " +
                                     std::to_string(column.labels.size()) + " samples");
  if (options.neighbours < 1) throw Error(Kind::kInput, "label_suspects: needs at least one neighbour");
  const auto samples = labelled_samples(column);
  if (samples.size() < 2 * static_cast<std::size_t>(options.neighbours)) return {};
  const Matrix shares = neighbour_shares(vectors, column, samples, options);

  std::vector<double> usual(column.names.size()), count(column.names.size());
  for (std::size_t n = 0; n < samples.size(); ++n)
    for (const int label : column.labels[samples[n]]) {
      usual[static_cast<std::size_t>(label)] += static_cast<double>(shares.row(n)[static_cast<std::size_t>(label)]);
      count[static_cast<std::size_t>(label)] += 1;
    }
  for (std::size_t label = 0; label < usual.size(); ++label) usual[label] /= std::max(1.0, count[label]);

  std::vector<LabelSuspect> suspects;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const auto& own = column.labels[samples[n]];
    const auto share = [&](int label) { return static_cast<double>(shares.row(n)[static_cast<std::size_t>(label)]); };
    const auto known = [&](int label) { return usual[static_cast<std::size_t>(label)] >= kKnown; };
    const int best_own = *std::max_element(own.begin(), own.end(), [&](int a, int b) { return share(a) < share(b); });
    // Of several labels the unknown ones may be what the photo is about.
    if (!std::all_of(own.begin(), own.end(), known)) continue;
    int other = -1;
    for (int label = 0; label < static_cast<int>(usual.size()); ++label)
      if (!std::binary_search(own.begin(), own.end(), label) && known(label) &&
          (other < 0 || share(label) > share(other)))
        other = label;
    if (other < 0) continue;
    const double confidence = share(other) - share(best_own);
    // Shares are sums of floats.
    if (confidence > options.least_confidence - 1e-6) suspects.push_back({samples[n], best_own, other, confidence});
  }
  std::stable_sort(suspects.begin(), suspects.end(),
                   [](const LabelSuspect& a, const LabelSuspect& b) { return a.confidence > b.confidence; });
  return suspects;
}

std::optional<Alarm> label_noise_alarm(std::span<const LabelSuspect> suspects, const LabelColumn& column) {
  const std::size_t labelled = labelled_samples(column).size();
  const double share = labelled == 0 ? 0 : static_cast<double>(suspects.size()) / static_cast<double>(labelled);
  if (share <= kUsualNoise) return std::nullopt;
  return Alarm{AlarmKind::kLabelNoise, AlarmLevel::kWarning, 0,
               std::to_string(suspects.size()) + " of " + std::to_string(labelled) + " photos with a label \"" +
                   column.key + "\" have neighbours that say another (" + short_number(100 * share) + " %; " +
                   short_number(100 * kUsualNoise) +
                   " % is usual). Wrong labels teach wrong neighbours and lower the figures that judge the run. Look "
                   "through suspects.csv, the surest first, and mend the labels (ootd import again)."};
}

void write_suspects(const std::filesystem::path& file, std::span<const LabelSuspect> suspects, const SampleSet& set,
                    const LabelColumn& column) {
  std::string text = "file,key,label,neighbours_say,confidence\n";
  for (const auto& suspect : suspects)
    text += csv_field(set.samples[suspect.sample].file.string()) + "," + csv_field(column.key) + "," +
            csv_field(column.names[static_cast<std::size_t>(suspect.label)]) + "," +
            csv_field(column.names[static_cast<std::size_t>(suspect.neighbours_say)]) + "," +
            short_number(suspect.confidence) + "\n";
  write_file_atomically(file, std::as_bytes(std::span(text)));
}

}  // namespace ootd
