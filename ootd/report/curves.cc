// Reading and drawing what a training run wrote down.
#include <algorithm>
#include <charconv>
#include <sstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/report/charts.h"
#include "ootd/report/html.h"
#include "ootd/report/sections.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxLogBytes = std::size_t{1} << 30;

// The columns of these names, line by line.
std::vector<std::vector<double>> read_columns(const std::filesystem::path& file,
                                              const std::vector<std::string>& names) {
  std::vector<std::vector<double>> rows;
  if (!std::filesystem::exists(file)) return rows;
  std::istringstream lines(read_text(file, kMaxLogBytes));
  std::string line, cell;
  const auto split = [&] {
    std::vector<std::string> cells;
    std::istringstream in(line);
    while (std::getline(in, cell, ',')) cells.push_back(cell);
    return cells;
  };
  const auto fail = [&](const std::string& what) -> Error {
    return {Kind::kInput, file.string() + ":" + std::to_string(rows.size() + 2) + ": " + what};
  };
  std::getline(lines, line);
  const auto heading = split();
  std::vector<std::size_t> wanted;
  for (const std::string& name : names) {
    wanted.push_back(static_cast<std::size_t>(std::ranges::find(heading, name) - heading.begin()));
    if (wanted.back() == heading.size()) throw Error(Kind::kInput, file.string() + ": has no column \"" + name + "\"");
  }
  while (std::getline(lines, line)) {
    const auto cells = split();
    if (cells.size() != heading.size()) throw fail("has another number of columns than the heading");
    std::vector<double>& row = rows.emplace_back();
    for (const std::size_t column : wanted) {
      double value = 0;
      const std::string& text = cells[column];
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc() || end != text.data() + text.size()) {
        rows.pop_back();
        throw fail("\"" + text + "\" is no number");
      }
      row.push_back(value);
    }
  }
  return rows;
}

// Exponential moving average over about a fiftieth of the run, corrected for its start.
std::vector<std::pair<double, double>> smoothed(const std::vector<std::pair<double, double>>& points) {
  const double keep = 1 - 1 / std::max(1.0, static_cast<double>(points.size()) / 50);
  std::vector<std::pair<double, double>> smooth;
  double sum = 0, weight = 0;
  for (const auto& [x, y] : points) {
    sum = keep * sum + (1 - keep) * y;
    weight = keep * weight + (1 - keep);
    smooth.emplace_back(x, sum / weight);
  }
  return smooth;
}

std::string charts_of(const TrainingCurves& curves) {
  ChartCurve loss{"", "var(--accent)", {}, true}, smooth{"loss, smoothed", "var(--accent)", {}},
      rate{"", "var(--k5)", {}}, map{"mAP", "var(--accent)", {}}, recall{"R@1", "var(--k1)", {}};
  for (const auto& step : curves.steps) {
    loss.points.emplace_back(step.step, step.loss);
    rate.points.emplace_back(step.step, step.learning_rate);
  }
  smooth.points = smoothed(loss.points);
  for (const auto& epoch : curves.epochs) {
    map.points.emplace_back(epoch.epoch, epoch.map);
    recall.points.emplace_back(epoch.epoch, epoch.recall_at_1);
  }
  LineChart validation{.title = "Validation", .x_label = "epoch", .curves = {recall, map}, .height_px = 400};
  if (const auto best = std::ranges::max_element(curves.epochs, {}, &TrainingCurves::Epoch::map);
      best != curves.epochs.end())
    validation.mark = ChartMark{static_cast<double>(best->epoch), best->map,
                                "best: epoch " + std::to_string(best->epoch) + ", mAP " + fixed(best->map, 3)};
  return (curves.name.empty() ? "" : "<h3>" + escape_html(curves.name) + "</h3>") + "<div class=pair><div>" +
         line_chart({"Loss", "step", {loss, smooth}}) +
         line_chart({.title = "Learning rate", .x_label = "step", .curves = {rate}, .height_px = 150}) + "</div><div>" +
         line_chart(validation) + "</div></div>\n";
}

}  // namespace

TrainingCurves read_curves(const std::filesystem::path& run_folder, const std::string& name) {
  TrainingCurves curves{name, {}, {}};
  for (const auto& row : read_columns(run_folder / "log.csv", {"step", "loss", "learning_rate"}))
    curves.steps.push_back({row[0], row[1], row[2]});
  for (const auto& row : read_columns(run_folder / "metrics.csv", {"epoch", "map", "recall_at_1"}))
    curves.epochs.push_back({static_cast<int>(row[0]), row[1], row[2]});
  return curves;
}

std::string curves_section(const Page& page) {
  std::string html;
  for (const TrainingCurves& curves : page.input.curves)
    if (!curves.steps.empty() || !curves.epochs.empty()) html += charts_of(curves);
  return html;
}

}  // namespace ootd
