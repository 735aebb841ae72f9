#include "ootd/crawl/intake.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <set>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/threads.h"
#include "ootd/http/url.h"
#include "ootd/image/metadata.h"
#include "ootd/ingest/photo_store.h"

namespace ootd {
namespace {

constexpr auto kLongestBatch = std::chrono::milliseconds(200);

std::string origin_text(const std::string& url) { return to_string(origin_of(url)); }

// "URL: is empty" under the item URL need not say the name twice.
std::string without_prefix(const std::string& reason, const std::string& item) {
  return reason.starts_with(item + ": ") ? reason.substr(item.size() + 2) : reason;
}

}  // namespace

CrawlFind find_of(const ListingRequest& request) {
  return {
      request.url, dump_json(to_json(request)), request.is_local() ? kLocalOrigin : origin_text(request.url), {}, ""};
}

Intake::Intake(SqliteCatalog& catalog, const Recipe& recipe, const CrawlOptions& options, const CrawlHooks& hooks,
               Staging& staging, std::function<void()> on_commit)
    : catalog_(catalog),
      recipe_(recipe),
      options_(options),
      hooks_(hooks),
      staging_(staging),
      on_commit_(std::move(on_commit)),
      ledger_(catalog),
      copies_(catalog) {
  for (int i = thread_count(options.threads); i > 0; --i) workers_.emplace_back([this] { work(); });
  committer_ = std::thread([this] { commit_all(); });
}

Intake::~Intake() { stop_threads(); }

void Intake::stop_threads() {
  if (!committer_.joinable()) return;
  jobs_.close();
  for (auto& worker : workers_) worker.join();
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  committer_.join();
}

void Intake::finish() {
  stop_threads();
  check();
}

void Intake::check() const {
  const std::lock_guard lock(mutex_);
  if (problem_) std::rethrow_exception(problem_);
}

bool Intake::idle() const { return pending_ == 0; }

void Intake::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  changed_.notify_all();
}

CrawlReport Intake::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void Intake::push(CrawlUrl url, StagedAnswer answer) {
  ++pending_;
  buffered_ += answer.body.size();
  jobs_.push({std::move(url), std::move(answer)});
}

void Intake::settle(const CrawlUrl& url, CrawlState state, std::string reason, bool list_goes_on) {
  ++pending_;
  Outcome outcome;
  outcome.unchanged = state == CrawlState::kDone;
  outcome.end = {url.no, state, std::move(reason), url.attempts, url.etag, url.last_modified, {}};
  outcome.event = {url.url, !url.request.empty(), state, outcome.end.reason, {}, false, {}, 0, url.attempts};
  if (list_goes_on && outcome.event.is_page) {
    outcome.request = listing_request_from_json(parse_json(url.request, "crawl_urls.request"), url.url);
    go_on_after_unread(outcome);
  }
  done(std::move(outcome));
}

void Intake::work() {
  while (auto job = jobs_.pop()) {
    const std::uint64_t bytes = job->answer.body.size();
    try {
      check();
      done(examine(*std::move(job)));
    } catch (...) {
      fail(std::current_exception());
    }
    buffered_ -= bytes;
  }
}

Intake::Outcome Intake::examine(Job job) const {
  Outcome outcome;
  outcome.staged = true;
  outcome.end = {job.url.no,      CrawlState::kDone,        "",          job.url.attempts,
                 job.answer.etag, job.answer.last_modified, std::nullopt};
  outcome.event = {job.url.url, !job.url.request.empty(), CrawlState::kDone, "", {}, false,
                   {},          job.answer.body.size(),   job.url.attempts};
  try {
    if (outcome.event.is_page)
      outcome.request = listing_request_from_json(parse_json(job.url.request, "crawl_urls.request"), job.url.url);
    outcome.event.is_page ? examine_page_of(job, outcome) : examine_photo_of(job, outcome);
  } catch (const Error& error) {
    if (error.kind() == Kind::kUnavailable || error.kind() == Kind::kInternal)
      throw;  // the workspace's, not the site's
    outcome.end.state = CrawlState::kFailed;
    outcome.end.reason = without_prefix(error.what(), job.url.url);
    // "Not modified" would be no answer for what is not here.
    outcome.end.etag = job.url.etag;
    outcome.end.last_modified = job.url.last_modified;
    if (outcome.event.is_page) go_on_after_unread(outcome);
  } catch (const std::bad_alloc&) {
    outcome.end.state = CrawlState::kFailed;
    outcome.end.reason = "needs more memory than there is";
  }
  outcome.event.state = outcome.end.state;
  outcome.event.reason = outcome.end.reason;
  return outcome;
}

void Intake::examine_photo_of(Job& job, Outcome& outcome) const {
  const auto kept = without_metadata(std::as_bytes(std::span(job.answer.body)), job.url.url, options_.limits);
  ImageId id = photo_id(kept);
  if (catalog_.is_kept_out(id)) {
    outcome.kept_out = true;
    outcome.end.state = CrawlState::kOptedOut;
    outcome.end.reason = "was removed here (ootd images remove)";
    return;
  }
  if (auto known = catalog_.find_image(id)) {
    outcome.image = std::move(*known);
    if (copy_is_whole(catalog_.home(), outcome.image)) return;
  } else {
    ExaminedPhoto photo = examine_photo(std::move(id), kept, job.url.url, options_.limits);
    outcome.image = std::move(photo.image);
    outcome.parts = CopyFinder::examine(photo.preview);
  }
  // The copy of an image that is not in the catalog may be left from before a power cut, with any content: written
  // anew.
  put_copy(catalog_.home(), outcome.image, kept);
}

void Intake::examine_page_of(Job& job, Outcome& outcome) const {
  const ListingRequest& request = outcome.request;
  ListingPage page;
  if (request.is_local()) {
    const MappedFile table(request.url);
    const auto bytes = table.bytes();
    page =
        parse_listing(recipe_, request, {request.url, "", {reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
  } else {
    page = parse_listing(recipe_, request, {job.answer.final_url, job.answer.content_type, job.answer.body});
  }
  page.opt_outs |= job.answer.opt_outs;
  const std::string opt_out =
      page.opt_outs.any() ? "its page says " + to_string(page.opt_outs) + ": " + job.answer.final_url : "";
  std::set<std::string> program_keys;
  for (ListingItem& item : page.items) {
    std::erase_if(item.labels, [&](const Label& label) {
      return is_program_key(label.key) && program_keys.insert(label.key).first != program_keys.end();
    });
    try {
      outcome.photos.push_back({item.image_url, "", origin_text(item.image_url), std::move(item.labels), opt_out});
    } catch (const Error& error) {
      page.problems.push_back(job.url.url + ": " + error.what());
    }
  }
  for (const std::string& key : program_keys)
    page.problems.push_back(job.url.url + ": the field \"" + key +
                            "\" is left out: the program keeps a label of this name itself");
  outcome.answered_at = request.is_local() ? request.url : job.answer.final_url;
  outcome.next = std::move(page.next);
  if (!page.cut_off.empty()) ++outcome.lists_ended[page.cut_off];
  outcome.problems = std::move(page.problems);
}

// One bad page must not cost the list that follows it.
void Intake::go_on_after_unread(Outcome& outcome) const {
  outcome.answered_at = outcome.request.url;
  try {
    if (auto next = page_after_unread(recipe_, outcome.request))
      outcome.next = {*std::move(next)};
    else if (outcome.request.unread > 0)
      ++outcome.lists_ended["unread"];
  } catch (const Error&) {  // of another version of the recipe, which the page's failure says
  }
}

void Intake::done(Outcome outcome) {
  bool begun = false, ready = false;
  {
    const std::lock_guard lock(mutex_);
    hurry_ |= !outcome.next.empty();  // a list cannot go on before its next page is in the ledger
    outcomes_.push_back(std::move(outcome));
    begun = outcomes_.size() == 1;
    ready = batch_is_due();
  }
  if (begun || ready) changed_.notify_all();  // not for each photo
}

// With mutex_ held.
bool Intake::batch_is_due() const {
  return closing_ || hurry_ || outcomes_.size() >= static_cast<std::size_t>(options_.photos_per_commit);
}

void Intake::fail(std::exception_ptr problem) {
  const std::lock_guard lock(mutex_);
  if (!problem_) problem_ = std::move(problem);
}

void Intake::commit_all() {
  try {
    remove_opted_out();
  } catch (...) {
    fail(std::current_exception());
  }
  std::vector<Outcome> batch;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return closing_ || !outcomes_.empty(); });
      if (outcomes_.empty()) return;
      changed_.wait_for(lock, kLongestBatch, [&] { return batch_is_due(); });
      hurry_ = false;
      batch.swap(outcomes_);
    }
    try {
      commit(batch);
    } catch (...) {
      fail(std::current_exception());
    }
    pending_ -= static_cast<std::int64_t>(batch.size());
    batch.clear();
    on_commit_();
  }
}

void Intake::commit(std::vector<Outcome>& batch) {
  check();
  const auto has_copy = [](const Outcome& outcome) { return !outcome.image.id.empty(); };
  if (std::ranges::any_of(batch, has_copy)) sync_copies(catalog_.home());
  {
    committing_ = true;
    Catalog::Batch transaction(catalog_);
    for (Outcome& outcome : batch) store(outcome);
    transaction.commit();
  }
  committing_ = false;
  if (std::ranges::any_of(batch, [](const Outcome& outcome) {
        return outcome.event.is_page ? !outcome.photos.empty() && !outcome.photos.front().opt_out.empty()
                                     : outcome.end.state == CrawlState::kOptedOut && !outcome.kept_out;
      }))
    remove_opted_out();
  for (const Outcome& outcome : batch) {
    if (outcome.staged) staging_.remove(outcome.end.no);
    count(outcome);
    if (hooks_.on_end) hooks_.on_end(outcome.event);
  }
  ++commits_;
}

void Intake::store(Outcome& outcome) {
  if (!outcome.image.id.empty()) {
    outcome.event.image = outcome.image.id;
    outcome.image.labels.clear();  // the ledger knows them
    const Catalog::Added added = catalog_.add_image(outcome.image);
    if (added.is_new) {
      outcome.event.copy_of = copies_.add(added.key, outcome.parts).value_or("");
    }
    outcome.event.is_new = added.is_new;
    outcome.end.look = added.key;
  }
  outcome.new_photos = ledger_.add(recipe_.name, outcome.photos);
  if (outcome.event.is_page) {
    std::vector<CrawlFind> pages;
    for (const ListingRequest& next : walks_.follow(outcome.request, outcome.answered_at, outcome.photos,
                                                    std::move(outcome.next), outcome.lists_ended))
      pages.push_back(find_of(next));
    ledger_.add(recipe_.name, pages);
  }
  ledger_.end(outcome.end);
}

// A kill before the end of this is made good by the next run.
void Intake::remove_opted_out() {
  std::vector<ImageRecord> photos;
  for (const LookKey look : ledger_.take_opted_out(recipe_.name))
    if (auto image = catalog_.find_image(look)) photos.push_back(*std::move(image));
  if (photos.empty()) return;
  erase_photos(catalog_, photos, /*keep_out=*/false);
  const std::lock_guard lock(mutex_);
  report_.removed += static_cast<std::int64_t>(photos.size());
}

void Intake::count(const Outcome& outcome) {
  const CrawlEvent& event = outcome.event;
  const std::lock_guard lock(mutex_);
  const auto skip = [&](const std::string& why, std::int64_t photos) {
    if (photos == 0) return;
    report_.skipped += photos;
    report_.skipped_by[why] += photos;
  };
  report_.bytes += event.bytes;
  if (event.is_page) {
    ++report_.pages;
    for (const auto& [reason, lists] : outcome.lists_ended) report_.lists_ended[reason] += lists;
    const bool opted_out = !outcome.photos.empty() && !outcome.photos.front().opt_out.empty();
    const auto listed = static_cast<std::int64_t>(outcome.photos.size());
    if (!opted_out) report_.listed += outcome.new_photos;
    skip(opted_out ? "opted_out" : "known", opted_out ? listed : listed - outcome.new_photos);
    for (const auto& problem : outcome.problems)
      if (report_.problems.size() < CrawlReport::kMostFailures) report_.problems.push_back(problem);
  } else {
    ++photos_ended_;
  }
  switch (event.state) {
    case CrawlState::kDone:
      if (event.is_page) break;
      if (outcome.unchanged) {
        skip("unchanged", 1);
        break;
      }
      ++report_.fetched;
      report_.new_images += event.is_new ? 1 : 0;
      report_.near_copies += event.copy_of.empty() ? 0 : 1;
      break;
    case CrawlState::kFailed:
      ++report_.failed;
      if (report_.failures.size() < CrawlReport::kMostFailures)
        report_.failures.push_back({"crawl", event.url, event.reason});
      break;
    case CrawlState::kGone:
    case CrawlState::kRefusedByRobots:
    case CrawlState::kOptedOut:
      skip(outcome.kept_out ? "removed" : std::string(to_string(event.state)), 1);
      break;
    case CrawlState::kQueued:
    case CrawlState::kFetching:
      break;
  }
}

}  // namespace ootd
