#include "ootd/crawl/crawl.h"

#include <algorithm>
#include <ctime>
#include <unordered_map>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/folder_lock.h"
#include "ootd/base/gzip.h"
#include "ootd/crawl/first_bytes.h"
#include "ootd/crawl/intake.h"
#include "ootd/crawl/opt_out.h"
#include "ootd/crawl/sites.h"
#include "ootd/crawl/url_text.h"
#include "ootd/http/multi_fetch.h"
#include "ootd/http/url.h"

namespace ootd {
namespace {

using std::chrono::milliseconds;
using Time = PaceClock::time_point;

constexpr auto kLongestWait = milliseconds(50), kRefillPause = milliseconds(100), kStatusPause = milliseconds(200);
constexpr auto kRobotsAge = std::chrono::hours(24);
// Of urls that were claimed. From kEnoughWaiting on no more are looked for: it costs a walk over the hosts.
constexpr std::size_t kMostWaiting = 20'000, kEnoughWaiting = 15'000;
constexpr std::size_t kMostWaitingOfSite = 1024, kLeastWaitingOfSite = 16;
constexpr std::size_t kMostOriginsAtOnce = kMostWaiting / kLeastWaitingOfSite;
constexpr double kLongestBackoff_s = 30;
constexpr char kBlockedHint[] = "; only public ones are asked, unless --allow-private is given";

std::string path_of(const std::string& url) {
  const auto host = url.find("://");
  const auto path = url.find_first_of("/?#", host == std::string::npos ? 0 : host + 3);
  if (path == std::string::npos) return "/";
  const std::string rest = url.substr(path, url.find('#') - path);
  return rest.starts_with('/') ? rest : "/" + rest;
}

OptOuts opt_outs_of(const Head& head) {
  OptOuts opt_outs;
  for (const auto& value : head.robots_tags) opt_outs |= parse_robots_tag(value, kCrawlerName);
  return opt_outs;
}

// Of statuses that say nothing of the photo.
bool may_pass(int status) { return status >= 500 || status == 429 || status == 408; }

int minute_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  ::localtime_r(&now, &local);
  return 60 * local.tm_hour + local.tm_min;
}

class Crawl {
 public:
  Crawl(SqliteCatalog& catalog, const Recipe& recipe, const CrawlOptions& options, const CrawlHooks& hooks)
      : catalog_(catalog),
        recipe_(recipe),
        options_(options),
        hooks_(hooks),
        folder_(catalog.home() / "crawl"),
        lock_(folder_, [&] { throw Error(Kind::kUnavailable, folder_.string() + ": another crawl is at work here"); }),
        staging_(folder_),
        ledger_(catalog),
        fetch_({options.patience, options.deadline_s, options.allow_private}),
        sites_(recipe.politeness),
        intake_(catalog, recipe, options, hooks, staging_, [this] { fetch_.wake(); }) {}

  CrawlReport run();

 private:
  struct Running {
    CrawlTask task;
    Site* site;
  };

  void begin();
  bool refill(bool photos);
  void claim(bool pages, std::int64_t most);
  void enter(CrawlTask task);
  Time start_ready(Time now);
  void serve(Site& site, Time now);
  bool has_room() const;
  void start(Site& site, CrawlTask task);
  void handle(FetchResult result);
  void judge(CrawlTask task, FetchResult& result);
  void handle_robots(Site& site, CrawlTask task, const FetchResult& result);
  void handle_answer(CrawlTask task, FetchResult& result);
  void ask_as_sent(Site& site, CrawlTask task);
  void follow(CrawlTask task, const Head& head);
  void retry(Site& site, CrawlTask task, const FetchResult& result, bool own_fault);
  void give_up(Site& site, const std::string& reason);
  void end(const CrawlTask& task, CrawlState state, std::string reason, bool list_goes_on = false) {
    intake_.settle(task.at, state, std::move(reason), list_goes_on);
  }
  bool stopped() const { return hooks_.stop.stop_requested(); }
  void show_status(Time now);

  SqliteCatalog& catalog_;
  const Recipe& recipe_;
  const CrawlOptions& options_;
  const CrawlHooks& hooks_;
  const std::filesystem::path folder_;
  const FolderLock lock_;
  Staging staging_;
  CrawlLedger ledger_;
  MultiFetch fetch_;
  Sites sites_;
  std::unordered_map<std::uint64_t, Running> running_;
  std::uint64_t ticket_ = 0;
  std::size_t waiting_ = 0;  // of all sites
  std::int64_t claimed_photos_ = 0, dropped_photos_ = 0, queued_before_ = 0;
  std::vector<std::string> problems_;
  Time refilled_, shown_;
  std::int64_t refilled_at_commit_ = 0;
  int closed_minutes_ = 0;
  Intake intake_;  // last: its threads use what is above
};

void Crawl::begin() {
  ledger_.reopen(recipe_.name, options_.retry_failed);
  if (options_.refresh) ledger_.queue_again(recipe_.name);
  if (!options_.retry_failed) {
    std::vector<CrawlFind> pages;
    for (const ListingRequest& request : first_requests(recipe_)) pages.push_back(find_of(request));
    ledger_.start_round(recipe_.name, pages, kinds_of(recipe_));
  }
  queued_before_ = ledger_.counts(recipe_.name)[CrawlState::kQueued].photos;
  // What an earlier run had fetched, but not brought into the catalog.
  for (const std::int64_t no : staging_.numbers()) {
    auto answer = staging_.get(no);
    auto url = answer ? ledger_.claim(recipe_.name, no) : std::nullopt;
    if (!url) {
      if (!answer || !ledger_.is_open(no)) staging_.remove(no);
      continue;
    }
    if (url->request.empty()) ++claimed_photos_;
    intake_.push(std::move(*url), std::move(*answer));
  }
}

CrawlReport Crawl::run() {
  const Time begun = PaceClock::now();
  begin();
  while (!stopped()) {
    intake_.check();
    const Time now = PaceClock::now();
    closed_minutes_ = minutes_until_open(recipe_.politeness, minute_of_day());
    const bool idle = running_.empty() && waiting_ == 0 && intake_.idle();
    const std::int64_t commits = intake_.commits();
    const bool due = commits != refilled_at_commit_ || now - refilled_ >= kRefillPause;
    // While the catalog is busy this thread would wait, and every connection with it.
    if (idle || (due && (waiting_ == 0 || !intake_.committing()))) {
      refilled_ = now;
      refilled_at_commit_ = commits;
      if (!refill(!options_.list_only) && idle) break;
    }
    if (running_.empty() && waiting_ == 0) intake_.hurry();
    const Time next = closed_minutes_ == 0 ? start_ready(now) : Time::max();
    const auto until_next = std::chrono::ceil<milliseconds>(std::clamp<PaceClock::duration>(
        next == Time::max() ? kLongestWait : next - PaceClock::now(), PaceClock::duration(0), kLongestWait));
    for (FetchResult& result : fetch_.wait(until_next)) handle(std::move(result));
    show_status(now);
  }
  intake_.finish();
  ledger_.reopen(recipe_.name, false);  // what was on its way when the run ended
  show_status(Time::max());
  CrawlReport report = intake_.report();
  report.problems.insert(report.problems.end(), problems_.begin(), problems_.end());
  report.seconds = std::chrono::duration<double>(PaceClock::now() - begun).count();
  return report;
}

// Takes urls from the ledger where few wait, host after host. False: there was none.
bool Crawl::refill(bool photos) {
  if (waiting_ >= kEnoughWaiting) return true;
  sites_.forget(PaceClock::now());
  const std::size_t before = waiting_;
  const std::int64_t before_photos = claimed_photos_;
  std::int64_t left = INT64_MAX;
  if (options_.limit > 0) {
    const std::int64_t open = claimed_photos_ - dropped_photos_ - intake_.photos_ended();
    left = options_.limit - intake_.report().fetched - open;
    if (!photos) left = options_.limit - ledger_.counts(recipe_.name)[CrawlState::kQueued].photos;
  }
  if (photos && left > 0) claim(false, left);
  // With a limit, lists are read on only if they are needed.
  if (options_.limit == 0 || (left > 0 && claimed_photos_ == before_photos)) claim(true, INT64_MAX);
  return waiting_ > before || !intake_.idle();
}

void Crawl::claim(bool pages, std::int64_t most) {
  std::string last;
  std::size_t seen = 0, found = 0;
  do {
    const auto origins = ledger_.open_origins(recipe_.name, pages, last, kMostOriginsAtOnce);
    if (origins.empty()) return;
    last = origins.back();
    found = origins.size();
    seen += found;
    const std::size_t per_site = std::clamp(kMostWaiting / seen, kLeastWaitingOfSite, kMostWaitingOfSite);
    Catalog::Batch batch(catalog_);  // a commit for each of many hosts would take most of this thread's time
    for (const std::string& origin : origins) {
      if (origin == kLocalOrigin) {
        for (CrawlUrl& url : ledger_.claim(recipe_.name, origin, pages, 1)) intake_.push(std::move(url), {});
        continue;
      }
      if (waiting_ >= kMostWaiting || most <= 0) break;
      const Site& site = sites_.of(origin);
      if (!site.given_up.empty() || site.open() > per_site / 2) continue;
      const auto room = std::min<std::int64_t>(most, static_cast<std::int64_t>(per_site - site.open()));
      for (CrawlUrl& url : ledger_.claim(recipe_.name, origin, pages, static_cast<int>(room))) {
        --most;
        claimed_photos_ += pages ? 0 : 1;
        std::string first = url.url;
        enter({std::move(url), std::move(first), 0, {}});
      }
    }
    batch.commit();
  } while (found == kMostOriginsAtOnce && waiting_ < kMostWaiting && most > 0);
}

void Crawl::enter(CrawlTask task) {
  Site& site = sites_.of(to_string(origin_of(task.url)));
  if (!site.given_up.empty()) {
    dropped_photos_ += task.is_page() ? 0 : 1;
    return;
  }
  ++waiting_;
  // Pages before photos: they lead to other hosts. A hop of a url that is on its way does not wait again.
  if (task.is_page() || task.hops > 0)
    site.waiting.push_front(std::move(task));
  else
    site.waiting.push_back(std::move(task));
  sites_.schedule(site);
}

// Starts what may start, and says when the next one may.
Time Crawl::start_ready(Time now) {
  while (has_room()) {
    Site* site = sites_.due(now);
    if (site == nullptr) return sites_.next_turn();
    serve(*site, now);
    sites_.schedule(*site);
  }
  return Time::max();  // not before a request has ended
}

bool Crawl::has_room() const {
  return running_.size() < static_cast<std::size_t>(options_.max_in_flight) &&
         fetch_.buffered_bytes() + intake_.buffered_bytes() < options_.max_buffered_bytes;
}

void Crawl::serve(Site& site, Time now) {
  site.collect_due(now);
  while (!site.waiting.empty() && has_room()) {
    if (!site.robots_problem.empty()) {
      end(site.waiting.front(), CrawlState::kFailed, site.robots_problem);
      site.waiting.pop_front();
      --waiting_;
      continue;
    }
    const auto at = site.pacer.next_start();
    if (!at || *at > now) return;
    if (!site.robots || site.robots_until < now) {
      const std::string url = site.origin + "/robots.txt";
      if (!std::exchange(site.robots_underway, true)) start(site, {{0, url, "", site.origin, 0, "", ""}, url, 0, {}});
      return;
    }
    CrawlTask task = std::move(site.waiting.front());
    site.waiting.pop_front();
    --waiting_;
    if (site.robots->allowed(kCrawlerName, path_of(task.url)))
      start(site, std::move(task));
    else
      end(task, CrawlState::kRefusedByRobots, "robots.txt of " + site.origin);
  }
}

void Crawl::start(Site& site, CrawlTask task) {
  FetchOrder order{++ticket_, task.url, {}, options_.limits.max_bytes, {}};
  if (task.is_robots()) {
    order.max_bytes = 4 * Robots::kMaxBytes;
  } else if (task.is_page()) {
    order.max_bytes = options_.max_page_bytes;
  } else {
    order.wanted = [](const Head& head, std::string_view begin) {
      return head.status != 200 || (!opt_outs_of(head).any() && kind_of_no_picture(begin).empty());
    };
    order.as_sent = site.photos_as_sent;
    if (!task.at.etag.empty()) order.headers.push_back("If-None-Match: " + task.at.etag);
    if (!task.at.last_modified.empty()) order.headers.push_back("If-Modified-Since: " + task.at.last_modified);
  }
  order.as_sent |= task.as_sent;
  site.pacer.started(PaceClock::now());
  fetch_.start(std::move(order));
  running_.emplace(ticket_, Running{std::move(task), &site});
}

void Crawl::handle(FetchResult result) {
  auto node = running_.extract(result.ticket);
  CrawlTask task = std::move(node.mapped().task);
  Site& site = *node.mapped().site;
  const int status = result.head.status;
  const bool is_whole = result.end == FetchEnd::kAnswer || result.end == FetchEnd::kUnwanted;
  Pace pace{Pace::Outcome::kGood, {}, {}};
  if (status == 200 && !task.is_robots()) pace.first_byte_s = result.first_byte_s;
  if (task.is_robots()) {
    if (result.end == FetchEnd::kSetback || (is_whole && (status == 429 || status == 503)))
      pace = {Pace::Outcome::kBusy, {}, result.head.retry_after_s};
    site.pacer.ended(PaceClock::now(), pace);
    handle_robots(site, std::move(task), result);
  } else if (result.end == FetchEnd::kSetback || (is_whole && may_pass(status))) {
    const std::int64_t no = task.at.no;
    const auto own_failures = site.answers.own_failures(no);
    const bool own_fault = status != 429 && own_failures && task.at.attempts + 1 >= *own_failures;
    const bool host_says_so = status == 429 || result.head.retry_after_s;
    if (own_fault || !(host_says_so || site.answers.trouble_beside(no)))
      pace.outcome = Pace::Outcome::kSetback;
    else
      pace = {Pace::Outcome::kBusy, {}, result.head.retry_after_s};
    site.pacer.ended(PaceClock::now(), pace);
    if (own_fault)
      site.answers.forget(no);
    else if (task.at.attempts == 0)
      site.answers.note(no, false);
    retry(site, std::move(task), result, own_fault);
  } else {
    site.pacer.ended(PaceClock::now(), pace);
    if (is_whole || result.end == FetchEnd::kTooLarge) site.answers.note(task.at.no, true);
    if (result.end == FetchEnd::kUnpackable)
      ask_as_sent(site, std::move(task));
    else
      judge(std::move(task), result);
  }
  sites_.schedule(site);
}

void Crawl::judge(CrawlTask task, FetchResult& result) {
  switch (result.end) {
    case FetchEnd::kAnswer:
    case FetchEnd::kUnwanted:
      return handle_answer(std::move(task), result);
    case FetchEnd::kBlocked:
      return end(task, CrawlState::kFailed, result.reason + kBlockedHint);
    case FetchEnd::kSetback:
    case FetchEnd::kUnpackable:
    case FetchEnd::kTooLarge:
    case FetchEnd::kImpossible:
      return end(task, CrawlState::kFailed, result.reason, result.end == FetchEnd::kTooLarge);
  }
}

void Crawl::handle_robots(Site& site, CrawlTask task, const FetchResult& result) {
  const Head& head = result.head;
  std::string problem = result.reason;
  // A huge file is read as far as RFC 9309 (2.5) asks for.
  if (result.end == FetchEnd::kAnswer || (result.end == FetchEnd::kTooLarge && head.status == 200)) {
    if (head.is_redirect() && task.hops < 5) {  // RFC 9309, 2.3.1.2
      const auto to = absolute_url(task.url, head.location);
      if (to && !redirect_problem(origin_of(task.url), origin_of(*to))) {
        task.url = *to;
        ++task.hops;
        return start(site, std::move(task));
      }
    }
    if (head.status < 500 && head.status != 429 && head.status != 407) {  // 407: a proxy's, not the host's
      site.robots = Robots::of_answer(head.status, result.body);
      site.robots_until = PaceClock::now() + kRobotsAge;
      site.robots_underway = false;
      site.robots_attempts = 0;
      if (const auto delay = site.robots->crawl_delay(kCrawlerName)) site.pacer.set_crawl_delay(*delay);
      return;
    }
    problem = "HTTP status " + std::to_string(head.status);
  }
  const bool may_go_right = result.end == FetchEnd::kAnswer || result.end == FetchEnd::kSetback;
  if (may_go_right && head.retry_after_s.value_or(0) > options_.patience.longest_wait_s)
    return give_up(site, "asks to come back in " + std::to_string(static_cast<long>(*head.retry_after_s)) + " s");
  site.robots_underway = false;
  // Unreachable rules forbid all (RFC 9309, 2.3.1.4), but that may pass: what waits becomes failed, not refused.
  if (!may_go_right || ++site.robots_attempts >= options_.patience.tries)
    site.robots_problem = "robots.txt: " + problem + (result.end == FetchEnd::kBlocked ? kBlockedHint : "");
}

void Crawl::handle_answer(CrawlTask task, FetchResult& result) {
  const Head& head = result.head;
  if (head.is_redirect()) return follow(std::move(task), head);
  const OptOuts opt_outs = opt_outs_of(head);
  if (head.status == 200) {
    if (!task.is_page() && opt_outs.any())
      return end(task, CrawlState::kOptedOut, "X-Robots-Tag: " + to_string(opt_outs));
    if (result.end == FetchEnd::kUnwanted)
      return end(task, CrawlState::kFailed,
                 "is no picture but " + kind_of_no_picture(result.body) +
                     (head.content_type.empty() ? "" : ", served as " + head.content_type));
    // A host that says so wrongly of most may say it rightly of one.
    if (head.encoded() && is_gzip(result.body)) {
      try {
        result.body = gunzip(result.body, task.is_page() ? options_.max_page_bytes : options_.limits.max_bytes);
      } catch (const Error& error) {
        return end(task, CrawlState::kFailed, error.what());
      }
    }
    StagedAnswer answer{task.url, head.content_type, head.etag, head.last_modified, opt_outs, std::move(result.body)};
    staging_.put(task.at.no, answer);
    return intake_.push(std::move(task.at), std::move(answer));
  }
  if (head.status == 304 && !(task.at.etag.empty() && task.at.last_modified.empty()))
    return opt_outs.any() ? end(task, CrawlState::kOptedOut, "X-Robots-Tag: " + to_string(opt_outs))
                          : end(task, CrawlState::kDone, "");
  if (head.status == 404 || head.status == 410)
    return end(task, CrawlState::kGone, "HTTP status " + std::to_string(head.status));
  end(task, CrawlState::kFailed, "HTTP status " + std::to_string(head.status));
}

// As browsers do with a Content-Encoding that they do not know ("utf-8", "base64"). Where one photo has it, a host's
// others do as well, and need not be asked for twice.
void Crawl::ask_as_sent(Site& site, CrawlTask task) {
  if (!task.is_page()) site.photos_as_sent = true;
  task.as_sent = true;
  enter(std::move(task));
}

// A hop is judged as if the lists had named it: by the rules of its own host.
void Crawl::follow(CrawlTask task, const Head& head) {
  if (task.hops == options_.patience.max_redirects)
    return end(task, CrawlState::kFailed, "more than " + std::to_string(task.hops) + " redirects");
  const auto to = absolute_url(task.url, head.location);
  if (!to) return end(task, CrawlState::kFailed, "redirects to \"" + head.location + "\", which is no http(s) URL");
  if (const auto problem = redirect_problem(origin_of(task.url), origin_of(*to)))
    return end(task, CrawlState::kFailed, *problem);
  task.url = *to;
  ++task.hops;
  enter(std::move(task));
}

// own_fault: other urls of the host come.
void Crawl::retry(Site& site, CrawlTask task, const FetchResult& result, bool own_fault) {
  const double wait_s = own_fault ? 0 : result.head.retry_after_s.value_or(0);
  if (wait_s > options_.patience.longest_wait_s) {
    dropped_photos_ += task.is_page() ? 0 : 1;
    return give_up(site, "asks to come back in " + std::to_string(static_cast<long>(wait_s)) + " s");
  }
  if (!site.given_up.empty()) {  // by the answer to another request that was on its way
    dropped_photos_ += task.is_page() ? 0 : 1;
    return;
  }
  if (++task.at.attempts >= options_.patience.tries || own_fault) {
    const std::string reason =
        result.end == FetchEnd::kSetback ? result.reason : "HTTP status " + std::to_string(result.head.status);
    return end(task, CrawlState::kFailed,
               reason + " (tried " + std::to_string(task.at.attempts) + " times" +
                   (own_fault ? "; the host's other answers came)" : ")"),
               own_fault);
  }
  double pause_s = options_.patience.first_wait_s;
  for (int i = 1; i < task.at.attempts; ++i) pause_s = std::min(2 * pause_s, kLongestBackoff_s);
  pause_s = std::max(pause_s, wait_s);
  task.not_before =
      PaceClock::now() + std::chrono::duration_cast<PaceClock::duration>(std::chrono::duration<double>(pause_s));
  ++waiting_;
  site.later.push_back(std::move(task));
}

// What waits stays queued in the ledger, for another run.
void Crawl::give_up(Site& site, const std::string& reason) {
  if (!site.given_up.empty()) return;
  site.given_up = reason;
  problems_.push_back(site.origin + ": " + reason + "; run again then");
  waiting_ -= site.open();
  const auto is_photo = [](const CrawlTask& task) { return !task.is_page(); };
  dropped_photos_ += std::ranges::count_if(site.waiting, is_photo) + std::ranges::count_if(site.later, is_photo);
  site.waiting.clear();
  site.later.clear();
}

void Crawl::show_status(Time now) {
  if (!hooks_.on_status || (now != Time::max() && now - shown_ < kStatusPause)) return;
  shown_ = std::min(now, PaceClock::now());
  const CrawlReport report = intake_.report();
  CrawlStatus status{report.fetched,
                     report.skipped,
                     report.failed,
                     report.pages,
                     queued_before_ + report.listed,
                     report.bytes,
                     running_.size(),
                     {},
                     closed_minutes_,
                     now == Time::max()};
  for (const auto& [origin, site] : sites_)
    if (site.open() > 0 || site.pacer.in_flight() > 0 || !site.given_up.empty())
      status.hosts[origin] = {site.pacer.in_flight(), static_cast<int>(site.open()), site.pacer.allowed(),
                              site.pacer.usual_s(),   site.pacer.pausing(shown_),    site.given_up};
  hooks_.on_status(status);
}

}  // namespace

CrawlReport crawl(SqliteCatalog& catalog, const Recipe& recipe, const CrawlOptions& options, const CrawlHooks& hooks) {
  return Crawl(catalog, recipe, options, hooks).run();
}

}  // namespace ootd
