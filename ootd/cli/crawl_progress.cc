#include "ootd/cli/crawl_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "ootd/cli/progress.h"

namespace ootd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTerminalRedraw = std::chrono::milliseconds(200), kPlainRedraw = std::chrono::milliseconds(5000);
constexpr std::size_t kShownHosts = 3, kShownFailures = 20;

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

CrawlProgress::CrawlProgress() : terminal_(::isatty(STDERR_FILENO) != 0), started_(Clock::now()) {}

CrawlProgress::~CrawlProgress() {
  if (any_ && terminal_) std::fputc('\n', stderr);
}

bool CrawlProgress::update(const CrawlStatus& status) {
  const auto now = Clock::now();
  if (any_ && !status.is_last && now - drawn_ < (terminal_ ? kTerminalRedraw : kPlainRedraw)) return false;
  any_ = true;
  drawn_ = now;
  const std::string line = crawl_line(status, std::chrono::duration<double>(now - started_).count());
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", terminal_ ? fitting(line).c_str() : line.c_str());
  std::fflush(stderr);
  return true;
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

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c == 0x7F; }, '?');
  return text;
}

void print_crawl_failures(const CrawlReport& report) {
  for (std::size_t i = 0; i < report.failures.size() && i < kShownFailures; ++i)
    std::cerr << "  failed: " << printable(report.failures[i].item + ": " + report.failures[i].reason) << "\n";
  for (std::size_t i = 0; i < report.problems.size() && i < kShownFailures; ++i)
    std::cerr << "  " << printable(report.problems[i]) << "\n";
  const std::size_t more = report.failures.size() - std::min(report.failures.size(), kShownFailures) +
                           report.problems.size() - std::min(report.problems.size(), kShownFailures);
  if (more > 0) std::cerr << "  ... and " << more << " more (all: --json, or --log FILE)\n";
}

void print_crawl_report(const Globals& globals, const CrawlReport& report, bool interrupted) {
  Json failures = Json::array();
  for (const auto& failure : report.failures) failures.push_back({{"item", failure.item}, {"reason", failure.reason}});
  if (!globals.json) print_crawl_failures(report);
  std::string skipped;
  for (const auto& [why, count] : report.skipped_by)
    skipped += (skipped.empty() ? " (" : ", ") + std::to_string(count) + " " + why;
  const char* next = interrupted          ? ". Interrupted; the same command goes on from here"
                     : report.failed > 0  ? "; the same command with --retry-failed tries these again"
                     : report.fetched > 0 ? ". Next: ootd embed"
                                          : "";
  globals.print({{"fetched", report.fetched},
                 {"skipped", report.skipped},
                 {"failed", report.failed},
                 {"skipped_by", report.skipped_by},
                 {"new_images", report.new_images},
                 {"near_copies", report.near_copies},
                 {"pages", report.pages},
                 {"bytes", report.bytes},
                 {"seconds", report.seconds},
                 {"interrupted", interrupted},
                 {"failures", failures},
                 {"problems", report.problems}},
                std::to_string(report.fetched) + " fetched, " + std::to_string(report.skipped) + " skipped" + skipped +
                    (skipped.empty() ? ", " : "), ") + std::to_string(report.failed) + " failed" + next);
}

}  // namespace ootd
