#include "ootd/report/report.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/eval/summary.h"
#include "ootd/image/thumbnail.h"
#include "ootd/report/html.h"
#include "ootd/report/sections.h"

namespace ootd {
namespace {

constexpr std::size_t kVoters = 10;
constexpr int kThumbnailQuality = 76;

// Colours go to the labels by how many queries they have.
std::vector<int> assign_colors(const ReportInput& input) {
  std::vector<std::size_t> counts(input.labels.size()), order(input.labels.size());
  for (const LabelSet& labels : input.queries.labels)
    for (const int label : labels) ++counts[static_cast<std::size_t>(label)];
  for (std::size_t label = 0; label < order.size(); ++label) order[label] = label;
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t label) { return counts[label]; });
  std::vector<int> colors(order.size(), kColors);
  for (std::size_t rank = 0; rank < order.size() && rank < kColors; ++rank)
    if (counts[order[rank]] > 0) colors[order[rank]] = static_cast<int>(rank);
  return colors;
}

std::string facts_table(const ReportInput& input) {
  std::string html = "<dl class=facts>";
  for (const ReportFact& fact : input.facts)
    html += "<div><dt>" + escape_html(fact.name) + "</dt><dd>" + escape_html(fact.value) + "</dd></div>";
  html += "</dl>\n";
  if (!input.config.empty())
    html += "<details><summary>Configuration</summary><pre>" + escape_html(input.config) + "</pre></details>\n";
  return html;
}

std::string tiles(const ReportInput& input) {
  std::string html = "<div class=tiles>";
  const auto tile = [&](const char* name, Metric metric) {
    std::vector<double> values;
    for (const QueryMetrics& query : input.retrieval.queries) values.push_back(query.values[metric]);
    const Estimate estimate = estimate_mean(values);
    html += std::string("<div><span>") + name + "</span><b>" + fixed(estimate.value, 3) + "</b><small>" +
            fixed(estimate.interval.low, 3) + " to " + fixed(estimate.interval.high, 3) + "</small></div>";
  };
  tile("R@1", kRecallAt1);
  tile("P@10", kPrecisionAt10);
  tile("mAP", kMap);
  tile("MRR", kMrr);
  const std::string who = input.queries.ids == input.gallery.ids
                              ? grouped(input.retrieval.queries.size()) + " pictures, each looked up in all others"
                              : grouped(input.retrieval.queries.size()) + " queries, " +
                                    grouped(input.gallery.ids.size()) + " pictures to find";
  return html + "</div><p class=soft>Nearest neighbours by " + escape_html(input.label_key) + ": " + who +
         ". Below each figure its 95&nbsp;% bootstrap interval.</p>\n";
}

// The colour of each class of dots, and what choosing it in the map's legend fades.
std::string color_rules() {
  std::string css;
  for (int color = 0; color <= kColors; ++color) {
    const std::string n = std::to_string(color);
    css += ".c" + n + "{--c:var(--k" + n + ")}.map:has(#map-" + n + ":checked) .p:not(.c" + n + "){opacity:.08}\n";
  }
  return css;
}

struct Section {
  const char *anchor, *heading;
  std::string html;
};

}  // namespace

std::string color_of(const Page& page, const LabelSet& labels) {
  const int color = labels.empty() ? kColors : page.color_of[static_cast<std::size_t>(labels.front())];
  return "var(--k" + std::to_string(color) + ")";
}

std::string label_names(const Page& page, const LabelSet& labels) {
  std::string names;
  for (const int label : labels)
    names += (names.empty() ? "" : ", ") + escape_html(page.input.labels[static_cast<std::size_t>(label)]);
  return names;
}

std::string thumbnail(const Page& page, LookKey id, int max_width, int max_height) {
  try {
    const ReportPicture picture = page.input.picture(id);
    return jpeg_uri(jpeg_thumbnail(picture.file, picture.id, picture.limits, max_width, max_height, kThumbnailQuality));
  } catch (const Error&) {  // one lost photo is an empty frame, not a lost report
    return "";
  }
}

std::string alarms_section(const Page& page) {
  std::string html;
  for (const ReportAlarm& alarm : page.input.alarms) {
    const char* kind = alarm.severity == ReportAlarm::Severity::kError     ? "error"
                       : alarm.severity == ReportAlarm::Severity::kWarning ? "warning"
                                                                           : "note";
    html += std::string("<li class=") + kind + "><b>" + kind + "</b> " + escape_html(alarm.text) + "</li>";
  }
  return html.empty() ? "" : "<ul class=alarms>" + html + "</ul>\n";
}

std::string report_html(const ReportInput& input) {
  const Page page{input, nearest_candidates(input.queries, input.gallery, kVoters), assign_colors(input)};
  const Section sections[] = {
      {"alarms", "Alarms", alarms_section(page)},
      {"result", "Result", tiles(input)},
      {"training", "Training", curves_section(page)},
      {"map", "Map", map_section(page)},
      {"best", "Found best", neighbors_section(page, /*best=*/true)},
      {"worst", "Found worst", neighbors_section(page, /*best=*/false)},
      {"similarity", "Similarity", similarity_section(page)},
      {"confusion", "Confusion", confusion_section(page)},
      {"labels", "Label by label", labels_section(page)},
      {"suspects", "Suspect labels", suspects_section(page)},
  };
  std::string links, body;
  for (const Section& section : sections) {
    if (section.html.empty()) continue;
    links += std::string("<a href=\"#") + section.anchor + "\">" + section.heading + "</a>";
    body += std::string("<section id=") + section.anchor + "><h2>" + section.heading + "</h2>\n" + section.html +
            "</section>\n";
  }
  return html_page(input.title, color_rules(), facts_table(input) + "<nav>" + links + "</nav>", body);
}

void write_report(const std::filesystem::path& file, const ReportInput& input) {
  const std::string html = report_html(input);
  write_file_atomically(file, std::as_bytes(std::span(html)), /*durable=*/false);
}

}  // namespace ootd
