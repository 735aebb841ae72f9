// Inside this folder: what becomes of an answer once it is staged. Workers decode photos and read pages; one thread
// commits to the catalog, many answers a transaction, and then removes the staged answers.
// Threads: push() and settle() from one thread; the counters from any.
#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "ootd/base/channel.h"
#include "ootd/crawl/crawl.h"
#include "ootd/crawl/list_walks.h"
#include "ootd/crawl/listing.h"
#include "ootd/crawl/staging.h"
#include "ootd/ingest/copy_finder.h"

namespace ootd {

inline constexpr char kLocalOrigin[] = "file:";  // of tables on this machine

// As the ledger keeps it.
CrawlFind find_of(const ListingRequest& request);

class Intake {
 public:
  // on_commit: called on another thread after each commit, when the ledger may have new urls.
  Intake(SqliteCatalog& catalog, const Recipe& recipe, const CrawlOptions& options, const CrawlHooks& hooks,
         Staging& staging, std::function<void()> on_commit);
  // Finishes what was pushed, unless the disk failed.
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  void push(CrawlUrl url, StagedAnswer answer);  // it is in `staging`
  // Without an answer. list_goes_on: of a page, to the next one if that can be told.
  void settle(const CrawlUrl& url, CrawlState state, std::string reason, bool list_goes_on = false);

  // Throws what a thread ran into.
  void check() const;
  void finish();  // waits until everything is in the catalog; then check()
  bool idle() const;
  void hurry();  // nothing more will come for now: commits what is there without waiting for a large batch
  std::uint64_t buffered_bytes() const { return buffered_; }
  std::int64_t commits() const { return commits_; }  // grows with each
  bool committing() const { return committing_; }    // the catalog is busy: a call to it would wait
  std::int64_t photos_ended() const { return photos_ended_; }
  CrawlReport report() const;

 private:
  struct Job {
    CrawlUrl url;
    StagedAnswer answer;
  };
  struct Outcome {
    CrawlEnd end;
    CrawlEvent event;
    bool staged = false;
    bool unchanged = false;
    bool kept_out = false;
    ImageRecord image;
    CopyFinder::Parts parts;
    ListingRequest request;         // of a page
    std::string answered_at;        // its url, redirects followed
    std::vector<CrawlFind> photos;  // that it lists
    std::vector<ListingRequest> next;
    std::map<std::string, std::int64_t> lists_ended;
    std::int64_t new_photos = 0;
    std::vector<std::string> problems;
  };

  void stop_threads();
  void work();
  Outcome examine(Job job) const;
  void examine_photo_of(Job& job, Outcome& outcome) const;
  void examine_page_of(Job& job, Outcome& outcome) const;
  void go_on_after_unread(Outcome& outcome) const;
  void done(Outcome outcome);
  bool batch_is_due() const;
  void commit_all();
  void commit(std::vector<Outcome>& batch);
  void store(Outcome& outcome);
  void remove_opted_out();
  void count(const Outcome& outcome);
  void fail(std::exception_ptr problem);

  SqliteCatalog& catalog_;  // these outlive this
  const Recipe& recipe_;
  const CrawlOptions& options_;
  const CrawlHooks& hooks_;
  Staging& staging_;
  const std::function<void()> on_commit_;
  CrawlLedger ledger_;
  CopyFinder copies_;  // of the committing thread, as are these
  ListWalks walks_;

  std::atomic<std::uint64_t> buffered_ = 0;
  std::atomic<std::int64_t> pending_ = 0, commits_ = 0, photos_ended_ = 0;
  std::atomic<bool> committing_ = false;
  Channel<Job> jobs_{SIZE_MAX};  // the pushing thread must not wait: it looks at buffered_bytes()
  mutable std::mutex mutex_;     // guards the six below
  std::condition_variable changed_;
  std::vector<Outcome> outcomes_;
  bool closing_ = false;
  bool hurry_ = false;  // until the next commit
  std::exception_ptr problem_;
  CrawlReport report_;
  std::vector<std::thread> workers_;
  std::thread committer_;
};

}  // namespace ootd
