// The embeddings in the plane: a dot for each picture, thumbnails where they do not hide each other.
#include <algorithm>
#include <cmath>

#include "ootd/base/random.h"
#include "ootd/report/html.h"
#include "ootd/report/sections.h"
#include "ootd/report/tsne.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxMapPoints = 1500, kMaxThumbnails = 90;
constexpr double kMapWidth = 1000, kMapHeight = 720, kMargin = 34;
constexpr double kMapThumbWidth = 44, kMapThumbHeight = 56, kGap = 5;

struct Point {
  std::size_t query = 0;
  double x = 0, y = 0;  // pixels of the drawing
};

std::vector<std::size_t> sample(std::size_t count) {
  std::vector<std::size_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = i;
  if (count > kMaxMapPoints) {
    Random random(1);
    random.shuffle(std::span(numbers));
    numbers.resize(kMaxMapPoints);
    std::ranges::sort(numbers);
  }
  return numbers;
}

std::vector<Point> layout(const LabelledRows& rows) {
  std::vector<Point> points;
  for (const std::size_t query : sample(rows.ids.size())) points.push_back({query});
  Matrix vectors(points.size(), rows.vectors.cols());
  for (std::size_t i = 0; i < points.size(); ++i)
    std::ranges::copy(rows.vectors.row(points[i].query), vectors.row(i).begin());
  const Matrix map = tsne(vectors);
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t axis = 0; axis < 2; ++axis) {
      low[axis] = std::min(low[axis], static_cast<double>(map.row(i)[axis]));
      high[axis] = std::max(high[axis], static_cast<double>(map.row(i)[axis]));
    }
  const auto place = [&](double value, std::size_t axis, double length) {
    const double range = high[axis] - low[axis];
    return kMargin + (range > 0 ? (value - low[axis]) / range : 0.5) * (length - 2 * kMargin);
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].x = place(static_cast<double>(map.row(i)[0]), 0, kMapWidth);
    points[i].y = place(static_cast<double>(map.row(i)[1]), 1, kMapHeight);
  }
  return points;
}

// In random order, each that lies apart from those before it.
std::vector<Point> spread_out(std::vector<Point> points) {
  Random random(2);
  random.shuffle(std::span(points));
  std::vector<Point> chosen;
  for (const Point& point : points) {
    if (chosen.size() == kMaxThumbnails) break;
    if (std::ranges::none_of(chosen, [&](const Point& other) {
          return std::abs(point.x - other.x) < kMapThumbWidth + kGap &&
                 std::abs(point.y - other.y) < kMapThumbHeight + kGap;
        }))
      chosen.push_back(point);
  }
  return chosen;
}

// A radio button for each colour; the one that is chosen fades all others.
std::string legend(const Page& page) {
  std::string html = "<div class=legend><label><input type=radio name=map id=map-all checked>all</label>";
  std::string others;
  for (int color = 0; color <= kColors; ++color) {
    std::string names;
    int count = 0;
    for (std::size_t label = 0; label < page.color_of.size(); ++label)
      if (page.color_of[label] == color) {
        names = page.input.labels[label];
        ++count;
      }
    if (count == 0) continue;
    if (color == kColors) names = count == 1 ? names : std::to_string(count) + " other labels";
    const std::string number = std::to_string(color);
    html += "<label><input type=radio name=map id=map-" + number + "><i style=\"background:var(--k" + number +
            ")\"></i>" + escape_html(names) + "</label>";
  }
  return html + "</div>";
}

int first_color(const Page& page, const LabelSet& labels) {
  return labels.empty() ? kColors : page.color_of[static_cast<std::size_t>(labels.front())];
}

}  // namespace

std::string map_section(const Page& page) {
  const LabelledRows& rows = page.input.queries;
  const std::vector<Point> points = layout(rows);
  std::string dots, thumbnails;
  for (const Point& point : points) {
    const LabelSet& labels = rows.labels[point.query];
    dots += "<circle class=\"p c" + std::to_string(first_color(page, labels)) + "\" r=4.2 cx=" + fixed(point.x, 1) +
            " cy=" + fixed(point.y, 1) + "><title>" + label_names(page, labels) + "</title></circle>";
  }
  for (const Point& point : spread_out(points)) {
    const std::string uri = thumbnail(page, rows.ids[point.query], static_cast<int>(2 * kMapThumbWidth),
                                      static_cast<int>(2 * kMapThumbHeight));
    if (uri.empty()) continue;
    const std::string box = " x=" + fixed(point.x - kMapThumbWidth / 2, 1) +
                            " y=" + fixed(point.y - kMapThumbHeight / 2, 1) + " width=" + fixed(kMapThumbWidth, 0) +
                            " height=" + fixed(kMapThumbHeight, 0);
    const LabelSet& labels = rows.labels[point.query];
    thumbnails += "<g class=\"p c" + std::to_string(first_color(page, labels)) + "\"><rect class=back rx=5" + box +
                  "></rect><image preserveAspectRatio=\"xMidYMid slice\"" + box + " href=\"" + uri + "\"><title>" +
                  label_names(page, labels) + "</title></image><rect class=frame rx=5" + box + "></rect></g>";
  }
  std::string note = points.size() < rows.ids.size()
                         ? grouped(points.size()) + " of " + grouped(rows.ids.size()) + " pictures"
                         : grouped(points.size()) + " pictures";
  return "<p>" + note +
         ", by t-SNE of the cosines: near on the map is near in the embedding; distances between far groups "
         "mean little. Choose a label to see it alone.</p><div class=map>" +
         legend(page) + "<div class=wide><svg role=img aria-label=\"Map of the embeddings\" viewBox=\"0 0 " +
         fixed(kMapWidth, 0) + " " + fixed(kMapHeight, 0) + "\">" + dots + thumbnails + "</svg></div></div>\n";
}

}  // namespace ootd
