// Charts as SVG, drawn for a column of about 500 px; colours are the page's CSS variables. Text is escaped here.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ootd {

struct ChartCurve {
  std::string name;                               // for the legend; empty: none
  std::string color;                              // "var(--accent)"
  std::vector<std::pair<double, double>> points;  // by x
  bool faint = false;                             // thin and pale, behind the others
};

struct ChartMark {
  double x = 0, y = 0;
  std::string text;
};

struct LineChart {
  std::string title, x_label;
  std::vector<ChartCurve> curves;
  std::optional<ChartMark> mark = {};
  int height_px = 260;
};
// Many points are drawn as the range of each small stretch of x. Empty if there is no finite point.
std::string line_chart(const LineChart& chart);

struct HistogramSide {
  std::string name, color;
  std::vector<double> shares;  // of each bin, summing to 1
};
// Two filled outlines over the same bins of [low, high].
std::string histogram_chart(const std::string& title, const std::string& x_label, double low, double high,
                            const HistogramSide& back, const HistogramSide& front);

// About `wanted` round numbers that cover [low, high] from within.
std::vector<double> axis_ticks(double low, double high, int wanted);

}  // namespace ootd
