#include "ootd/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace ootd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTerminalInterval = std::chrono::milliseconds(100), kPlainInterval = std::chrono::milliseconds(5000);

}  // namespace

std::string duration_text(double seconds) {
  char text[32];
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

ProgressLine::ProgressLine(std::string what, std::string unit, std::int64_t already)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      already_(already),
      terminal_(::isatty(STDERR_FILENO) != 0),
      started_(Clock::now()),
      drawn_(started_) {}

ProgressLine::~ProgressLine() {
  if (!any_) return;
  draw(done_, total_);
  if (terminal_) std::fputc('\n', stderr);
}

double ProgressLine::seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

void ProgressLine::update(std::int64_t done, std::int64_t total) {
  done_ = done;
  total_ = total;
  any_ = true;
  const auto now = Clock::now();
  if (now - drawn_ < (terminal_ ? kTerminalInterval : kPlainInterval)) return;
  drawn_ = now;
  draw(done, total);
}

void ProgressLine::draw(std::int64_t done, std::int64_t total) {
  const double rate = static_cast<double>(done - already_) / std::max(1e-6, seconds());
  char text[160];
  if (total <= 0) {
    std::snprintf(text, sizeof text, "%s: %lld %s, %.0f/s", what_.c_str(), static_cast<long long>(done), unit_.c_str(),
                  rate);
  } else {
    constexpr int kCells = 24;
    std::string bar(kCells, '.');
    const auto filled = static_cast<std::size_t>(kCells * static_cast<double>(done) / static_cast<double>(total));
    for (std::size_t i = 0; i < std::min<std::size_t>(filled, kCells); ++i) bar[i] = '#';
    const std::string left = rate > 0 ? duration_text(static_cast<double>(total - done) / rate) : "?";
    std::snprintf(text, sizeof text, "%s %s%s%s%lld/%lld %s  %.0f/s  %s", what_.c_str(), terminal_ ? "[" : "",
                  terminal_ ? bar.c_str() : "", terminal_ ? "] " : "", static_cast<long long>(done),
                  static_cast<long long>(total), unit_.c_str(), rate,
                  done >= total ? ("in " + duration_text(seconds())).c_str() : (left + " left").c_str());
  }
  // \033[K clears what a longer line left behind.
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", text);
  std::fflush(stderr);
}

Progress ShownStage::progress() {
  Progress progress{.stop = stopper_.token()};
  if (!shown_) return progress;
  progress.on_update = [this](std::string_view part, std::int64_t done, std::int64_t total, std::string_view unit) {
    if (!line_ || part != part_ || done < done_) line_.emplace(part_ = part, std::string(unit), done);
    line_->update(done_ = done, total);
  };
  return progress;
}

}  // namespace ootd
