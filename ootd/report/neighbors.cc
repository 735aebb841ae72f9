// Strips of a query and what was found for it: the best and the worst; and the pictures whose labels look wrong.
#include <algorithm>
#include <map>

#include "ootd/report/html.h"
#include "ootd/report/sections.h"

namespace ootd {
namespace {

constexpr std::size_t kBest = 6, kWorst = 8, kShown = 8, kMaxSuspects = 40;
constexpr int kMostPerLabel = 2;
constexpr int kThumbWidth = 168, kThumbHeight = 224;  // twice what the page shows, for dense screens

// Ordered by how many of the ten nearest are right, then by average precision; at most two of a label, so that one
// label does not fill the page.
std::vector<QueryMetrics> chosen(const Page& page, bool best) {
  std::vector<QueryMetrics> order = page.input.retrieval.queries;
  std::ranges::stable_sort(order, [best](const QueryMetrics& a, const QueryMetrics& b) {
    for (const Metric metric : {kPrecisionAt10, kMap})
      if (a.values[metric] != b.values[metric])
        return best ? a.values[metric] > b.values[metric] : a.values[metric] < b.values[metric];
    return false;
  });
  std::vector<QueryMetrics> kept;
  std::map<LabelSet, int> taken;
  for (const QueryMetrics& query : order)
    if (kept.size() < (best ? kBest : kWorst) && taken[page.input.queries.labels[query.query]]++ < kMostPerLabel)
      kept.push_back(query);
  return kept;
}

std::string picture(const Page& page, LookKey id, const std::string& shape, const std::string& caption) {
  const std::string uri = thumbnail(page, id, kThumbWidth, kThumbHeight);
  const std::string name = escape_html(page.input.picture(id).id);
  return "<figure class=\"" + shape + "\"><div class=shot title=\"" + name + "\">" +
         (uri.empty() ? "<span>no picture</span>" : "<img alt=\"" + name + "\" src=\"" + uri + "\">") +
         "</div><figcaption>" + caption + "</figcaption></figure>";
}

}  // namespace

std::string neighbors_section(const Page& page, bool best) {
  const LabelledRows &queries = page.input.queries, &gallery = page.input.gallery;
  std::string html;
  for (const QueryMetrics& query : chosen(page, best)) {
    html +=
        "<div class=strip>" + picture(page, queries.ids[query.query], "query",
                                      "<b>" + label_names(page, queries.labels[query.query]) +
                                          "</b><small>average precision " + fixed(query.values[kMap], 2) + "</small>");
    const auto& nearest = page.nearest[query.query];
    for (std::size_t i = 0; i < std::min(kShown, nearest.size()); ++i) {
      const bool right = nearest[i].gain > 0;
      html += picture(page, gallery.ids[nearest[i].row], right ? "right" : "wrong",
                      std::string("<b>") + (right ? "✓ " : "✗ ") + fixed(static_cast<double>(nearest[i].score), 2) +
                          "</b><small>" + label_names(page, gallery.labels[nearest[i].row]) + "</small>");
    }
    html += "</div>\n";
  }
  return html;
}

std::string suspects_section(const Page& page) {
  const auto& suspects = page.input.suspects;
  if (suspects.empty()) return "";
  std::string html =
      "<p>" + grouped(suspects.size()) + " pictures whose label may be wrong" +
      (suspects.size() > kMaxSuspects ? ", the first " + std::to_string(kMaxSuspects) + " of them" : "") +
      ".</p><div class=suspects>";
  for (std::size_t i = 0; i < std::min(kMaxSuspects, suspects.size()); ++i)
    html += picture(page, suspects[i].id, "suspect", "<small>" + escape_html(suspects[i].text) + "</small>");
  return html + "</div>\n";
}

}  // namespace ootd
