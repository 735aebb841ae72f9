#include "ootd/report/charts.h"

#include <algorithm>
#include <cmath>

#include "ootd/report/html.h"

namespace ootd {
namespace {

constexpr double kWidth = 520, kLeft = 46, kRight = 12, kTop = 12, kBottom = 40;
constexpr std::size_t kMaxPoints = 500;

std::string at(double number) { return fixed(number, 1); }

// The plot's frame: from numbers to pixels, with axes.
struct Frame {
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1, height = 260;

  double x(double value) const { return kLeft + (value - x_low) / (x_high - x_low) * (kWidth - kLeft - kRight); }
  double y(double value) const {
    return height - kBottom - (value - y_low) / (y_high - y_low) * (height - kBottom - kTop);
  }

  std::string axes(const std::string& x_label, bool percent) const {
    std::string svg;
    for (const double tick : axis_ticks(y_low, y_high, height < 200 ? 3 : 5)) {
      svg += "<line class=grid x1=" + at(kLeft) + " x2=" + at(kWidth - kRight) + " y1=" + at(y(tick)) +
             " y2=" + at(y(tick)) + "></line><text class=tick text-anchor=end x=" + at(kLeft - 7) +
             " y=" + at(y(tick) + 4) + ">" + (percent ? compact(tick * 100) + "%" : compact(tick)) + "</text>";
    }
    for (const double tick : axis_ticks(x_low, x_high, 6))
      svg += "<text class=tick text-anchor=middle x=" + at(x(tick)) + " y=" + at(height - kBottom + 17) + ">" +
             compact(tick) + "</text>";
    return svg + "<text class=tick text-anchor=end x=" + at(kWidth - kRight) + " y=" + at(height - 5) + ">" +
           escape_html(x_label) + "</text>";
  }
};

// A legend above the drawing, the drawing, and a frame that scrolls nothing.
std::string figure(const std::string& title, const std::string& legend, const std::string& svg, double height) {
  return "<figure class=chart><figcaption><b>" + escape_html(title) + "</b>" + legend +
         "</figcaption><svg role=img aria-label=\"" + escape_html(title) + "\" viewBox=\"0 0 " + at(kWidth) + " " +
         at(height) + "\">" + svg + "</svg></figure>\n";
}

std::string legend_item(const std::string& name, const std::string& color) {
  return "<span class=key><i style=\"background:" + color + "\"></i>" + escape_html(name) + "</span>";
}

// Lowest and highest of each stretch, in their order, so that no peak is lost.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points) {
  if (points.size() <= kMaxPoints) return points;
  std::vector<std::pair<double, double>> kept;
  const std::size_t stretches = kMaxPoints / 2;
  for (std::size_t s = 0; s < stretches; ++s) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(points.size() * s / stretches);
    const auto end = points.begin() + static_cast<std::ptrdiff_t>(points.size() * (s + 1) / stretches);
    auto [low, high] =
        std::minmax_element(begin, end, [](const auto& a, const auto& b) { return a.second < b.second; });
    if (high < low) std::swap(low, high);
    kept.push_back(*low);
    if (high != low) kept.push_back(*high);
  }
  return kept;
}

}  // namespace

std::vector<double> axis_ticks(double low, double high, int wanted) {
  const double raw = (high - low) / wanted, power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= raw * 0.7) step = factor * power;
  std::vector<double> ticks;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
    ticks.push_back(i * step + 0.0);  // never -0
  return ticks;
}

std::string line_chart(const LineChart& chart) {
  Frame frame;
  frame.height = chart.height_px;
  bool any = false;
  for (const ChartCurve& curve : chart.curves)
    for (const auto& [x, y] : curve.points) {
      if (!std::isfinite(y)) continue;
      frame.x_low = any ? std::min(frame.x_low, x) : x;
      frame.x_high = any ? std::max(frame.x_high, x) : x;
      frame.y_low = any ? std::min(frame.y_low, y) : y;
      frame.y_high = any ? std::max(frame.y_high, y) : y;
      any = true;
    }
  if (!any) return "";
  if (frame.x_high == frame.x_low) frame.x_low -= 0.5, frame.x_high += 0.5;
  const double pad = frame.y_high > frame.y_low ? 0.06 * (frame.y_high - frame.y_low) : 0.5;
  // What is never negative has its axis at 0 rather than below it.
  frame.y_low = frame.y_low >= 0 ? std::max(0.0, frame.y_low - pad) : frame.y_low - pad;
  frame.y_high += pad;

  std::string svg = frame.axes(chart.x_label, false), legend;
  for (const ChartCurve& curve : chart.curves) {
    if (!curve.name.empty()) legend += legend_item(curve.name, curve.color);
    std::string path;
    for (const auto& [x, y] : thinned(curve.points))
      if (std::isfinite(y)) path += (path.empty() ? "M" : "L") + at(frame.x(x)) + " " + at(frame.y(y));
    svg += std::string("<path class=\"") + (curve.faint ? "curve faint" : "curve") +
           "\" style=\"stroke:" + curve.color + "\" d=\"" + path + "\"></path>";
    if (!curve.faint && curve.points.size() == 1)
      svg += "<circle r=3 style=\"fill:" + curve.color + "\" cx=" + at(frame.x(curve.points[0].first)) +
             " cy=" + at(frame.y(curve.points[0].second)) + "></circle>";
  }
  if (chart.mark) {
    const double x = frame.x(chart.mark->x), y = frame.y(chart.mark->y);
    const bool left = x > kWidth / 2;
    svg += "<line class=best x1=" + at(x) + " x2=" + at(x) + " y1=" + at(kTop) + " y2=" + at(frame.height - kBottom) +
           "></line><circle class=best r=4.5 cx=" + at(x) + " cy=" + at(y) +
           "></circle><text class=mark text-anchor=" + (left ? "end" : "start") + " x=" + at(x + (left ? -7 : 7)) +
           " y=" + at(frame.height - kBottom - 9) + ">" + escape_html(chart.mark->text) + "</text>";
  }
  return figure(chart.title, legend, svg, frame.height);
}

std::string histogram_chart(const std::string& title, const std::string& x_label, double low, double high,
                            const HistogramSide& back, const HistogramSide& front) {
  Frame frame{.x_low = low, .x_high = high};
  frame.y_high = 0;
  for (const HistogramSide* side : {&back, &front})
    for (const double share : side->shares) frame.y_high = std::max(frame.y_high, share * 1.06);
  if (frame.y_high <= 0) return "";
  std::string svg = frame.axes(x_label, true), legend;
  for (const HistogramSide* side : {&back, &front}) {
    const auto bins = static_cast<double>(side->shares.size());
    std::string path = "M" + at(frame.x(low)) + " " + at(frame.y(0));
    for (std::size_t i = 0; i < side->shares.size(); ++i)
      path += "V" + at(frame.y(side->shares[i])) + "H" +
              at(frame.x(low + (high - low) * static_cast<double>(i + 1) / bins));
    svg += "<path class=area style=\"fill:" + side->color + ";stroke:" + side->color + "\" d=\"" + path + "V" +
           at(frame.y(0)) + "Z\"></path>";
    legend += legend_item(side->name, side->color);
  }
  return figure(title, legend, svg, frame.height);
}

}  // namespace ootd
