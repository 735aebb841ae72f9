#include "ootd/cli/crawl_progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "ootd/cli/progress.h"

namespace ootd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTerminalInterval = std::chrono::milliseconds(200), kPlainInterval = std::chrono::milliseconds(5000);
constexpr std::size_t kShownHosts = 3, kShownFailures = 20;

std::string number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

CrawlProgress::CrawlProgress() : terminal_(::isatty(STDERR_FILENO) != 0), started_(Clock::now()) {}

CrawlProgress::~CrawlProgress() {
  if (any_ && terminal_) std::fputc('\n', stderr);
}

bool CrawlProgress::update(const CrawlStatus& status) {
  const auto now = Clock::now();
  if (any_ && now - drawn_ < (terminal_ ? kTerminalInterval : kPlainInterval)) return false;
  any_ = true;
  drawn_ = now;
  const std::string line = crawl_line(status, std::chrono::duration<double>(now - started_).count());
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", line.c_str());
  std::fflush(stderr);
  return true;
}

std::string crawl_line(const CrawlStatus& status, double seconds) {
  const std::int64_t tried = status.fetched + status.failed;
  const double rate = static_cast<double>(tried) / std::max(1e-6, seconds);
  std::string line = "crawl " + std::to_string(status.fetched) + "/" + std::to_string(status.total) + " photos";
  if (status.opens_in_minutes > 0)
    return line + "  closed for another " + duration_text(60.0 * status.opens_in_minutes);
  line += number("  %.1f/s", rate);
  if (tried > 0)
    line += number("  %.1f%% good", 100.0 * static_cast<double>(status.fetched) / static_cast<double>(tried));
  line += "  " + std::to_string(status.hosts.size()) + " hosts";
  std::size_t shown = 0;
  for (const auto& [origin, host] : status.hosts) {
    if (++shown > kShownHosts) break;
    line += (shown == 1 ? ": " : ", ") + origin.substr(origin.find("://") + 3) + " ";
    line += !host.given_up.empty() ? "given up"
            : host.pausing         ? "paused"
                                   : std::to_string(host.in_flight) + number("/%.0f", host.allowed);
  }
  const std::int64_t left = status.total - tried;
  if (rate > 0 && left > 0) line += "  " + duration_text(static_cast<double>(left) / rate) + " left";
  return line;
}

void print_crawl_report(const Globals& globals, const CrawlReport& report) {
  Json failures = Json::array();
  for (const auto& failure : report.failures) failures.push_back({{"item", failure.item}, {"reason", failure.reason}});
  for (std::size_t i = 0; !globals.json && i < report.failures.size() && i < kShownFailures; ++i)
    std::cerr << "  failed: " << report.failures[i].item << ": " << report.failures[i].reason << "\n";
  for (std::size_t i = 0; !globals.json && i < report.problems.size() && i < kShownFailures; ++i)
    std::cerr << "  " << report.problems[i] << "\n";
  std::string skipped;
  for (const auto& [why, count] : report.skipped_by)
    skipped += (skipped.empty() ? " (" : ", ") + std::to_string(count) + " " + why;
  globals.print({{"fetched", report.fetched},
                 {"skipped", report.skipped},
                 {"failed", report.failed},
                 {"skipped_by", report.skipped_by},
                 {"new_images", report.new_images},
                 {"near_copies", report.near_copies},
                 {"pages", report.pages},
                 {"bytes", report.bytes},
                 {"seconds", report.seconds},
                 {"failures", failures},
                 {"problems", report.problems}},
                std::to_string(report.fetched) + " fetched, " + std::to_string(report.skipped) + " skipped" + skipped +
                    (skipped.empty() ? ", " : "), ") + std::to_string(report.failed) + " failed" +
                    (report.failed > 0 ? "; ootd crawl --retry-failed tries these again" : ". Next: ootd embed"));
}

}  // namespace ootd
