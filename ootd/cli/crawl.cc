#include "ootd/crawl/crawl.h"

#include <sys/resource.h>

#include <algorithm>

#include "ootd/cli/crawl_progress.h"
#include "ootd/cli/crawl_report.h"
#include "ootd/cli/stop_on_signal.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct CrawlFlags {
  std::string source, style, contact;
  std::vector<std::string> set;
  RecipeSettings settings;
  CrawlOptions options;
  std::filesystem::path log, metrics;
  bool dry_run = false;
};

Recipe recipe_of(CrawlFlags& flags) {
  if (!flags.style.empty()) flags.settings.set.emplace_back("style", flags.style);
  for (const auto& text : flags.set)
    flags.settings.set.push_back(key_and_value("--set", text, /*value_may_be_empty=*/true));
  return find_recipe(flags.source, flags.settings);
}

std::string user_agent_of(const Recipe& recipe, const std::string& contact) {
  return "ootd/" OOTD_VERSION + (contact.empty() ? "" : " (+" + contact + ")") +
         (recipe.politeness.user_agent_suffix.empty() ? "" : " " + recipe.politeness.user_agent_suffix);
}

// A socket for each request in flight.
void raise_limit_of_open_files() {
  rlimit files = {};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void run_crawl(Globals& globals, CrawlFlags& flags) {
  const Recipe recipe = recipe_of(flags);
  if (!recipe.permission.empty()) std::cerr << recipe.name << ": " << recipe.permission << "\n";
  if (flags.contact.empty()) std::cerr << "ootd: --contact MAIL tells site owners whom to write to; please give one\n";
  flags.options.patience.user_agent = user_agent_of(recipe, flags.contact);
  raise_limit_of_open_files();
  const StopOnSignal stopper;
  if (flags.dry_run) return print_crawl_plan(globals, recipe, flags.options, {.stop = stopper.token()});

  CrawlProgress progress(flags.log, flags.metrics);
  Workspace workspace(globals.place(), /*create=*/true);
  const CrawlReport report =
      crawl(workspace.need_catalog_file(), recipe, flags.options, progress.hooks(stopper.token()));
  progress.end_line();
  const bool interrupted = stopper.token().stop_requested();
  print_crawl_report(globals, workspace, report, interrupted);
  progress.check_log();
  const bool nothing_done = report.fetched + report.skipped == 0;
  if (interrupted || (nothing_done && (report.failed > 0 || !report.failures.empty()))) globals.exit_code = 1;
}

}  // namespace

void add_crawl(CLI::App& app, Globals& globals) {
  auto* verb =
      app.add_subcommand("crawl", "Fetch labelled photos from a site, politely; killed, it goes on where it was");
  auto flags = std::make_shared<CrawlFlags>();
  auto& options = flags->options;
  verb->add_option("--source", flags->source, "A recipe: a built-in name, or a file that ends in .toml")->required();
  verb->add_option("--style", flags->style, "This style only (--set style=S)");
  verb->add_option("--set", flags->set, "KEY=VALUE for a variable of the recipe; may be repeated");
  verb->add_option("--allow-field", flags->settings.allow_fields, "Keep this field of the recipe's [person] table");
  verb->add_option("--limit", options.limit, "Photos in this run; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  verb->add_flag("--retry-failed", options.retry_failed, "Only what failed or is still queued");
  verb->add_flag("--refresh", options.refresh, "Ask again for known photos, if they changed");
  verb->add_flag("--dry-run", flags->dry_run,
                 "Read the lists, print the photos they name with their labels, store nothing");
  verb->add_flag("--allow-private", options.allow_private, "Also from addresses that are not public");
  verb->add_option("--contact", flags->contact, "A mail address or page, sent with each request")
      ->check([](const std::string& text) {
        return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7F; })
                   ? "must be one line of plain text"
                   : "";
      });
  verb->add_option("--log", flags->log, "Append one JSON line for each url that came to an end");
  verb->add_option("--metrics", flags->metrics,
                   "Keep Prometheus text in this file, rewritten every few seconds and at the end");
  verb->add_option("--threads", options.threads, "That decode photos; 0 = all cores")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  verb->callback([&globals, flags] { run_crawl(globals, *flags); });
}

}  // namespace ootd
