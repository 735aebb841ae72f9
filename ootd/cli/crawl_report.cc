#include "ootd/cli/crawl_report.h"

#include <algorithm>

#include "ootd/cli/next_step.h"
#include "ootd/cli/printing.h"
#include "ootd/workspace/crawl_plan.h"

namespace ootd {
namespace {

constexpr std::size_t kShownFailures = 20;

// The first of what went wrong, on stderr.
void print_crawl_failures(const CrawlReport& report) {
  for (std::size_t i = 0; i < report.failures.size() && i < kShownFailures; ++i)
    std::cerr << "  failed: " << printable(report.failures[i].item + ": " + report.failures[i].reason) << "\n";
  for (std::size_t i = 0; i < report.problems.size() && i < kShownFailures; ++i)
    std::cerr << "  " << printable(report.problems[i]) << "\n";
  const std::size_t more = report.failures.size() - std::min(report.failures.size(), kShownFailures) +
                           report.problems.size() - std::min(report.problems.size(), kShownFailures);
  if (more > 0) std::cerr << "  ... and " << more << " more (all: --json, or --log FILE)\n";
  constexpr std::pair<const char*, const char*> kEnds[] = {
      {"nothing_new", "at a page with nothing new"},
      {"asked_before", "at an address that was asked before"},
      {"max_pages", "at the recipe's max_pages, and go on"},
      {"unread", "after two pages in a row that could not be read"}};
  for (const auto& [reason, words] : kEnds)
    if (const auto found = report.lists_ended.find(reason); found != report.lists_ended.end())
      std::cerr << "  lists that ended " << words << ": " << found->second << "\n";
}

}  // namespace

void print_crawl_report(const Globals& globals, const Workspace& workspace, const CrawlReport& report,
                        bool interrupted) {
  if (!globals.json) print_crawl_failures(report);
  if (report.removed > 0) std::cerr << "  photos removed, since their site has opted out: " << report.removed << "\n";
  std::string skipped;
  for (const auto& [why, count] : report.skipped_by)
    skipped += (skipped.empty() ? " (" : ", ") + std::to_string(count) + " " + why;
  const std::string next = interrupted          ? ". Interrupted; the same command goes on from here"
                           : report.failed > 0  ? "; the same command with --retry-failed tries these again"
                           : report.fetched > 0 ? next_step(workspace, Stage::kPhotos)
                                                : "";
  globals.print({{"fetched", report.fetched},
                 {"skipped", report.skipped},
                 {"failed", report.failed},
                 {"skipped_by", report.skipped_by},
                 {"new_images", report.new_images},
                 {"near_copies", report.near_copies},
                 {"pages", report.pages},
                 {"lists_ended", report.lists_ended},
                 {"removed", report.removed},
                 {"bytes", report.bytes},
                 {"seconds", report.seconds},
                 {"interrupted", interrupted},
                 {"failures", failures_json(report.failures)},
                 {"problems", report.problems}},
                std::to_string(report.fetched) + " fetched, " + std::to_string(report.skipped) + " skipped" + skipped +
                    (skipped.empty() ? ", " : "), ") + std::to_string(report.failed) + " failed" + next);
}

void print_crawl_plan(Globals& globals, const Recipe& recipe, const CrawlOptions& options, const CrawlHooks& hooks) {
  std::int64_t wanted = 0, opted_out = 0;
  const CrawlReport report = plan_crawl(recipe, options, hooks, [&](const CrawlFind& find) {
    ++(find.opt_out.empty() ? wanted : opted_out);
    std::string words = find.opt_out.empty() ? "" : "  (" + find.opt_out + ")";
    for (const Label& label : find.labels) words += "  " + label.key + "=" + label.value;
    const Json line = {{"url", find.url}, {"labels", labels_json(find.labels)}, {"opted_out", find.opt_out}};
    std::cout << (globals.json ? dump_json(line) : printable(find.url + words)) << "\n";
  });
  std::cout << std::flush;
  print_crawl_failures(report);
  std::cerr << wanted << " photos would be fetched, " << opted_out << " are opted out; nothing was stored\n";
  if (!report.failures.empty() || hooks.stop.stop_requested()) globals.exit_code = 1;
}

}  // namespace ootd
