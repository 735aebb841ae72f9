#include "ootd/crawl/crawl.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/cli/crawl_progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"
#include "ootd/crawl/crawl_metrics.h"

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

std::atomic<bool> interrupted = false;

Recipe recipe_of(CrawlFlags& flags) {
  if (!flags.style.empty()) flags.settings.set.emplace_back("style", flags.style);
  for (const auto& text : flags.set) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw CLI::ValidationError("--set", "wants KEY=VALUE, not \"" + text + "\"");
    flags.settings.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return find_recipe(flags.source, flags.settings);
}

// The first signal ends the run in order; the next one ends the program, which loses nothing either.
void stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = SA_RESETHAND;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

std::string user_agent_of(const Recipe& recipe, const std::string& contact) {
  return "ootd/" OOTD_VERSION + (contact.empty() ? "" : " (+" + contact + ")") +
         (recipe.politeness.user_agent_suffix.empty() ? "" : " " + recipe.politeness.user_agent_suffix);
}

// Lists into a workspace that is thrown away.
void print_plan(Globals& globals, const Recipe& recipe, CrawlFlags& flags) {
  std::string pattern = (std::filesystem::temp_directory_path() / "ootd-dry-run-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw Error(Kind::kUnavailable, pattern + ": cannot make this folder");
  struct Remove {
    std::filesystem::path folder;
    ~Remove() {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    }
  } const remove{pattern};
  Catalog catalog(pattern);
  flags.options.list_only = true;
  const CrawlReport report =
      crawl(catalog, recipe, flags.options, {.on_end = {}, .on_status = {}, .stop = &interrupted});
  std::int64_t wanted = 0, opted_out = 0;
  CrawlLedger(catalog).each_photo(recipe.name, [&](const CrawlFind& find) {
    if (flags.options.limit > 0 && wanted + opted_out >= flags.options.limit) return;
    ++(find.opt_out.empty() ? wanted : opted_out);
    Json labels = Json::object();
    std::string words = find.opt_out.empty() ? "" : "  (" + find.opt_out + ")";
    for (const Label& label : find.labels) {
      labels[label.key].push_back(label.value);
      words += "  " + label.key + "=" + label.value;
    }
    const Json line = {{"url", find.url}, {"labels", labels}, {"opted_out", find.opt_out}};
    std::cout << (globals.json ? dump_json(line) : printable(find.url + words)) << "\n";
  });
  std::cout << std::flush;
  print_crawl_failures(report);
  std::cerr << wanted << " photos would be fetched, " << opted_out << " are opted out; nothing was stored\n";
  if (!report.failures.empty() || interrupted) globals.exit_code = 1;
}

// A photo's end a line. Throws Error(kUnavailable) if the file cannot be written.
class CrawlLog {
 public:
  explicit CrawlLog(std::filesystem::path file) : file_(std::move(file)) {
    if (file_.empty()) return;
    stream_.open(file_, std::ios::app);
    check();
  }
  bool is_open() const { return stream_.is_open(); }
  void add(const CrawlEvent& event) { stream_ << dump_json(log_line(event)) << std::endl; }
  void check() const {
    if (!stream_) throw Error(Kind::kUnavailable, file_.string() + ": cannot write");
  }

 private:
  const std::filesystem::path file_;
  std::ofstream stream_;
};

void run_crawl(Globals& globals, CrawlFlags& flags) {
  const Recipe recipe = recipe_of(flags);
  if (!recipe.permission.empty()) std::cerr << recipe.name << ": " << recipe.permission << "\n";
  if (flags.contact.empty()) std::cerr << "ootd: --contact MAIL tells site owners whom to write to; please give one\n";
  flags.options.patience.user_agent = user_agent_of(recipe, flags.contact);
  rlimit files = {};  // a socket for each request in flight
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  stop_on_signals();
  if (flags.dry_run) return print_plan(globals, recipe, flags);

  CrawlLog log(flags.log);
  Workspace workspace(globals.home, /*create=*/true);
  CrawlReport report;
  {
    CrawlProgress progress;
    CrawlHooks hooks{.on_end = {}, .on_status = {}, .stop = &interrupted};
    if (log.is_open()) hooks.on_end = [&](const CrawlEvent& event) { log.add(event); };
    hooks.on_status = [&](const CrawlStatus& status) {
      const bool drawn = progress.update(status);
      if (!drawn || flags.metrics.empty()) return;
      const std::string text = metrics_text(status);
      write_file_atomically(flags.metrics, std::as_bytes(std::span(text)), false);
    };
    report = crawl(workspace.catalog(), recipe, flags.options, hooks);
  }
  print_crawl_report(globals, report, interrupted);
  log.check();
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
