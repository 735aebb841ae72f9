#include "ootd/train/run_log.h"

#include <cerrno>
#include <sstream>
#include <string>
#include <system_error>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

constexpr char kSteps[] = "log.csv", kEpochs[] = "metrics.csv";

// Opens the file with its heading and the lines of steps before `first`.
std::ofstream continue_file(const std::filesystem::path& file, const std::string& heading, std::int64_t first) {
  std::string kept = heading + "\n";
  for (const auto& line : lines_before(file, first)) kept += line + "\n";
  write_file_atomically(file, std::as_bytes(std::span(kept)));
  return std::ofstream(file, std::ios::app);
}

void flush(std::ofstream& lines, const std::filesystem::path& file) {
  if (!lines.flush())
    throw Error(Kind::kUnavailable, file.string() + ": cannot write: " + std::generic_category().message(errno));
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : ",") + word;
  return line;
}

}  // namespace

std::vector<std::string> lines_before(const std::filesystem::path& file, std::int64_t end) {
  std::vector<std::string> lines;
  if (!std::filesystem::exists(file)) return lines;
  std::istringstream text(read_text(file, std::size_t{1} << 30));
  std::string line;
  std::getline(text, line);
  while (std::getline(text, line) && !text.eof())
    if (std::strtoll(line.c_str(), nullptr, 10) < end) lines.push_back(line);
  return lines;
}

RunLog::RunLog(const std::filesystem::path& folder, std::int64_t first_step, std::vector<std::string> metrics)
    : folder_(folder),
      metrics_(std::move(metrics)),
      steps_(continue_file(folder / kSteps, "step,epoch,loss,learning_rate,gradient_norm,images_per_s", first_step)),
      epochs_(continue_file(folder / kEpochs, "step,epoch," + joined(metrics_) + ",best", first_step)),
      events_(folder, first_step) {}

void RunLog::add(const StepReport& report) {
  last_step_ = report.step;
  steps_ << report.step << ',' << report.epoch << ',' << report.loss << ',' << report.learning_rate << ','
         << report.gradient_norm << ',' << report.images_per_s << '\n';
  events_.add(report.step, {{"loss", report.loss},
                            {"learning_rate", report.learning_rate},
                            {"gradient_norm", report.gradient_norm},
                            {"images_per_s", report.images_per_s}});
}

void RunLog::add_epoch(int epoch, const std::vector<double>& values, bool best) {
  flush(steps_, folder_ / kSteps);
  epochs_ << last_step_ << ',' << epoch;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    epochs_ << ',' << values[i];
    events_.add(last_step_, {{"val/" + metrics_[i], values[i]}});
  }
  epochs_ << ',' << (best ? 1 : 0) << '\n';
  flush(epochs_, folder_ / kEpochs);
  events_.flush();
}

}  // namespace ootd
