#include "ootd/train/run_log.h"

#include <sstream>
#include <string>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

// Opens the file with its heading and those lines whose first number is below `first`.
std::ofstream continue_file(const std::filesystem::path& file, const std::string& heading, std::int64_t first) {
  std::string kept = heading + "\n";
  if (first > 0 && std::filesystem::exists(file)) {
    std::istringstream lines(read_text(file, std::size_t{1} << 30));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && !lines.eof())  // the last line of a killed run may be half a line
      if (std::strtoll(line.c_str(), nullptr, 10) < first) kept += line + "\n";
  }
  write_file_atomically(file, std::as_bytes(std::span(kept)));
  std::ofstream out(file, std::ios::app);
  if (!out) throw Error(Kind::kUnavailable, file.string() + ": cannot be written");
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : ",") + word;
  return line;
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& folder, std::int64_t first_step, std::vector<std::string> metrics)
    : metrics_(std::move(metrics)),
      steps_(continue_file(folder / "log.csv", "step,epoch,loss,learning_rate,gradient_norm,images_per_s", first_step)),
      epochs_(continue_file(folder / "metrics.csv", "step,epoch," + joined(metrics_) + ",best", first_step)),
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
  steps_.flush();
  epochs_ << last_step_ << ',' << epoch;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    epochs_ << ',' << values[i];
    events_.add(last_step_, {{"val/" + metrics_[i], values[i]}});
  }
  epochs_ << ',' << (best ? 1 : 0) << std::endl;
  events_.flush();
}

}  // namespace ootd
