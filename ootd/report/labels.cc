// What is told label by label: cosines within and between labels, the confusion matrix, the table of metrics.
#include <algorithm>
#include <numeric>

#include "ootd/eval/confusion.h"
#include "ootd/eval/similarity.h"
#include "ootd/eval/summary.h"
#include "ootd/report/charts.h"
#include "ootd/report/html.h"
#include "ootd/report/sections.h"

namespace ootd {
namespace {

constexpr std::size_t kHistogramBins = 64, kMaxMatrix = 30, kMistakes = 8;
// From this share on a cell's colour is so strong that the card's colour is easier to read on it than ink.
constexpr double kDarkCell = 0.77;

// The bins of all pairs but the outermost, which are few on either side; a multiple of what is drawn.
std::pair<std::size_t, std::size_t> occupied_bins(const Similarities& pairs) {
  constexpr double kOutliers = 0.0005;
  const auto tail = [&](bool low, const std::vector<std::int64_t>& counts, std::int64_t total) {
    double seen = 0;
    std::size_t bin = 0;
    while (bin < counts.size() && (seen += static_cast<double>(counts[low ? bin : counts.size() - 1 - bin])) <=
                                      kOutliers * static_cast<double>(total))
      ++bin;
    return bin;
  };
  const auto outside = [&](bool low) {
    return std::min(tail(low, pairs.same, pairs.same_pairs), tail(low, pairs.different, pairs.different_pairs));
  };
  std::size_t first = outside(true), last = Similarities::kBins - outside(false);
  while (last <= first || (last - first) % kHistogramBins != 0) first > 0 ? --first : ++last;
  return {first, std::min(last, Similarities::kBins)};
}

// Outliers are counted in the outermost bins.
std::vector<double> coarse(const std::vector<std::int64_t>& counts, std::size_t first, std::size_t last) {
  std::vector<double> shares(kHistogramBins);
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    const std::size_t inside = std::clamp(bin, first, last - 1) - first;
    shares[inside * kHistogramBins / (last - first)] += total > 0 ? static_cast<double>(counts[bin]) / total : 0;
  }
  return shares;
}

std::string percent(double share) { return fixed(100 * share, 0); }

std::string measure_cell(const Estimate& estimate) {
  return "<td title=\"95&nbsp;% interval " + fixed(estimate.interval.low, 3) + " to " +
         fixed(estimate.interval.high, 3) + "\">" + fixed(estimate.value, 3) + "</td>";
}

std::string matrix(const ReportInput& input, const Confusion& confusion, const std::vector<std::size_t>& order) {
  std::string html = "<div class=scroll><table class=heat><thead><tr><th>label \\ voted</th>";
  for (const std::size_t label : order)
    html += "<th scope=col><span>" + escape_html(input.labels[label]) + "</span></th>";
  html += "</tr></thead><tbody>\n";
  for (const std::size_t label : order) {
    html += "<tr><th scope=row>" + escape_html(input.labels[label]) + " <small>" +
            grouped(static_cast<std::size_t>(confusion.queries[label])) + "</small></th>";
    for (const std::size_t voted : order) {
      const double share = confusion.share(label, voted);
      html += "<td class=\"" + std::string(share > kDarkCell ? "full" : "") + (label == voted ? " own" : "") +
              "\" style=\"--v:" + fixed(share, 3) + "\">" + (share > 0 ? percent(share) : "") + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>";
}

// The pairs that most queries fall to.
std::string mistakes(const ReportInput& input, const Confusion& confusion, const std::vector<std::size_t>& order) {
  struct Mistake {
    std::size_t label, voted;
  };
  std::vector<Mistake> found;
  for (const std::size_t label : order)
    for (const std::size_t voted : order)
      if (label != voted && confusion.counts[label][voted] > 0) found.push_back({label, voted});
  if (found.empty()) return "";
  std::ranges::stable_sort(found, std::greater(), [&](const Mistake& m) { return confusion.counts[m.label][m.voted]; });
  if (found.size() > kMistakes) found.resize(kMistakes);
  std::string html = "<div><h3>Most frequent mistakes</h3><ol class=mistakes>";
  for (const auto& [label, voted] : found)
    html += "<li><b>" + escape_html(input.labels[label]) + "</b> taken for <b>" + escape_html(input.labels[voted]) +
            "</b> <small>" + grouped(static_cast<std::size_t>(confusion.counts[label][voted])) + " of " +
            grouped(static_cast<std::size_t>(confusion.queries[label])) + "</small></li>";
  return html + "</ol></div>";
}

}  // namespace

std::string similarity_section(const Page& page) {
  const Similarities pairs = similarities(page.input.queries, page.input.gallery);
  if (pairs.same_pairs == 0 || pairs.different_pairs == 0)
    return "<p>All pairs are of one kind: there is nothing to compare.</p>";
  const auto [first, last] = occupied_bins(pairs);
  const auto cosine = [](std::size_t bin) { return 2 * static_cast<double>(bin) / Similarities::kBins - 1; };
  return "<div class=\"pair even\"><div>" +
         histogram_chart("Pairs by cosine", "cosine", cosine(first), cosine(last),
                         {"different label", "var(--k9)", coarse(pairs.different, first, last)},
                         {"same label", "var(--accent)", coarse(pairs.same, first, last)}) +
         "</div><div class=prose><p class=figure><b>" + fixed(pairs.auc(), 3) +
         "</b> AUC</p><p>So likely is a pair of the same label nearer than a pair of different labels: 1 is a clean "
         "cut, 0.5 is chance.</p><p class=figure><b>" +
         percent(pairs.overlap()) +
         "&nbsp;%</b> overlap</p><p>The area that both distributions share.</p><p class=soft>" +
         grouped(static_cast<std::size_t>(pairs.same_pairs)) + " pairs of the same label, " +
         grouped(static_cast<std::size_t>(pairs.different_pairs)) + " of different ones.</p></div></div>\n";
}

std::string confusion_section(const Page& page) {
  const ReportInput& input = page.input;
  const Confusion confusion =
      confusion_by_vote(input.queries.labels, page.nearest, input.gallery.labels, input.labels.size());
  std::vector<std::size_t> order;
  for (std::size_t label = 0; label < input.labels.size(); ++label)
    if (confusion.queries[label] > 0) order.push_back(label);
  if (order.empty()) return "";
  const std::size_t all = order.size();
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t label) { return confusion.queries[label]; });
  if (order.size() > kMaxMatrix) order.resize(kMaxMatrix);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t label) { return confusion.share(label, label); });
  const std::string shown = all > order.size() ? " (over all " + std::to_string(all) + " labels; the " +
                                                     std::to_string(order.size()) + " most frequent are shown)"
                                               : "";
  return "<p>The label that the 10 nearest neighbours vote for, in % of each label's queries; best label first. Mean "
         "of "
         "the diagonal: <b>" +
         percent(confusion.macro_accuracy()) + "&nbsp;%</b>" + shown + ".</p><div class=beside>" +
         matrix(input, confusion, order) + mistakes(input, confusion, order) + "</div>\n";
}

std::string labels_section(const Page& page) {
  const RetrievalSummary summary = summarize(page.input.retrieval, page.input.queries.labels);
  std::string html =
      "<div class=scroll><table class=measures><thead><tr><th>label</th><th>queries</th><th>R@1</th><th>P@10</th>"
      "<th>mAP</th><th>chance</th></tr></thead><tbody>\n";
  const auto row = [&](const std::string& name, std::size_t queries, const Estimates& metrics, const char* kind) {
    html += std::string("<tr class=") + kind + "><th scope=row>" + name + "</th><td>" + grouped(queries) + "</td>" +
            measure_cell(metrics[kRecallAt1]) + measure_cell(metrics[kPrecisionAt10]) +
            "<td class=bar style=\"--v:" + fixed(metrics[kMap].value, 3) + "\" title=\"95&nbsp;% interval " +
            fixed(metrics[kMap].interval.low, 3) + " to " + fixed(metrics[kMap].interval.high, 3) + "\">" +
            fixed(metrics[kMap].value, 3) + "</td><td>" + fixed(metrics[kChancePrecision].value, 3) + "</td></tr>\n";
  };
  std::vector<LabelSummary> labels = summary.labels;
  std::ranges::stable_sort(labels, std::greater(), [](const LabelSummary& label) { return label.metrics[kMap].value; });
  for (const LabelSummary& label : labels)
    row("<i style=\"background:" + color_of(page, {label.label}) + "\"></i>" + label_names(page, {label.label}),
        static_cast<std::size_t>(label.queries), label.metrics, "label");
  row("mean of the labels", labels.size(), summary.macro, "total");
  row("all queries", page.input.retrieval.queries.size(), summary.all, "total");
  return html +
         "</tbody></table></div><p class=soft>Hover over a figure for its 95&nbsp;% bootstrap interval. Chance: what "
         "P@10 would be if the order were random.</p>\n";
}

}  // namespace ootd
