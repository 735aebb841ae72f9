#include "ootd/cli/crawl_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/cli/progress.h"
#include "ootd/crawl/crawl_metrics.h"

namespace ootd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTerminalInterval = std::chrono::milliseconds(200), kPlainInterval = std::chrono::milliseconds(5000);
constexpr std::size_t kShownHosts = 3;

// A line that wraps could not be drawn over.
std::string fitting(std::string line) {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && line.size() >= size.ws_col)
    line.resize(size.ws_col - 1u);
  return line;
}

std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

CrawlProgress::CrawlProgress(std::filesystem::path log, std::filesystem::path metrics)
    : log_file_(std::move(log)),
      metrics_file_(std::move(metrics)),
      terminal_(::isatty(STDERR_FILENO) != 0),
      started_(Clock::now()) {
  if (!log_file_.empty()) log_.open(log_file_, std::ios::app);
  check_log();
}

CrawlProgress::~CrawlProgress() { end_line(); }

CrawlHooks CrawlProgress::hooks(std::stop_token stop) {
  CrawlHooks hooks{.on_status = [this](const CrawlStatus& status) { update(status); }, .stop = std::move(stop)};
  if (log_.is_open())
    hooks.on_end = [this](const CrawlEvent& event) { log_ << dump_json(log_line(event)) << std::endl; };
  return hooks;
}

void CrawlProgress::end_line() {
  if (any_ && terminal_) std::fputc('\n', stderr);
  any_ = false;
}

void CrawlProgress::check_log() const {
  if (!log_) throw Error(Kind::kUnavailable, log_file_.string() + ": cannot write");
}

void CrawlProgress::update(const CrawlStatus& status) {
  const auto now = Clock::now();
  if (any_ && !status.is_last && now - drawn_ < (terminal_ ? kTerminalInterval : kPlainInterval)) return;
  any_ = true;
  drawn_ = now;
  const std::string line = crawl_line(status, std::chrono::duration<double>(now - started_).count());
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", terminal_ ? fitting(line).c_str() : line.c_str());
  std::fflush(stderr);
  if (metrics_file_.empty()) return;
  const std::string text = metrics_text(status);
  write_file_atomically(metrics_file_, std::as_bytes(std::span(text)), /*durable=*/false);
}

std::string crawl_line(const CrawlStatus& status, double seconds) {
  const std::int64_t tried = status.fetched + status.failed;
  const double rate = static_cast<double>(tried) / std::max(1e-6, seconds);
  std::string line = "crawl " + std::to_string(status.fetched) + "/" + std::to_string(status.total) + " photos";
  if (status.total == 0) line = "crawl " + counted(status.pages, "list") + " read";
  if (status.opens_in_minutes > 0)
    return line + "  closed for another " + duration_text(60.0 * status.opens_in_minutes);
  if (tried > 0) {
    line += number("  %.1f/s", rate);
    line += number("  %.1f%% good", 100.0 * static_cast<double>(status.fetched) / static_cast<double>(tried));
  }
  const std::int64_t left = status.total - tried;
  if (rate > 0 && left > 0) line += "  " + duration_text(static_cast<double>(left) / rate) + " left";
  if (status.hosts.empty()) return line;
  line += "  " + counted(static_cast<std::int64_t>(status.hosts.size()), "host");
  std::size_t shown = 0;
  for (const auto& [origin, host] : status.hosts) {
    if (++shown > kShownHosts) break;
    line += (shown == 1 ? ": " : ", ") + origin.substr(origin.find("://") + 3) + " ";
    line += !host.given_up.empty() ? "given up"
            : host.pausing         ? "paused"
                                   : std::to_string(host.in_flight) + number("/%.0f", host.allowed);
  }
  return line;
}

}  // namespace ootd
