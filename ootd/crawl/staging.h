// Whole answers between the network and the catalog. An answer is put here before anything else is done with it, and
// goes away after the catalog holds what came of it. So what was fetched once is not asked for again after a kill -9,
// however far the catalog lags behind. (After a power cut an answer may be damaged; then it is fetched anew.)
//
// Files:   HOME/crawl/N.answers, one answer after the other: a line of JSON and the body. The line of one that went
//          away begins with "-". A file is written from its beginning again once all of it went away: to make and
//          remove a file for each photo cost more than to fetch and decode it.
// Threads: put() on one, remove() on any at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ootd/crawl/opt_out.h"

namespace ootd {

struct StagedAnswer {
  std::string final_url;  // redirects followed
  std::string content_type, etag, last_modified;
  OptOuts opt_outs;  // of the headers
  std::string body;
};

class Staging {
 public:
  // folder: exists. Finds what an earlier run left there.
  explicit Staging(std::filesystem::path folder);
  ~Staging();  // removes the files in which nothing is left
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // no: of the url in the ledger, which has no answer here. Throws Error(kUnavailable) if the disk is full.
  void put(std::int64_t no, const StagedAnswer& answer);
  std::optional<StagedAnswer> get(std::int64_t no) const;  // nothing if it is not there, or damaged
  void remove(std::int64_t no);
  std::vector<std::int64_t> numbers() const;  // that have an answer here, ascending

 private:
  struct File {
    std::filesystem::path path;
    int fd = -1;
    std::size_t end = 0;  // of the last answer
    int answers = 0;      // that did not go away
  };
  struct Place {
    File* file = nullptr;
    std::size_t begin = 0, size = 0;
  };
  File& open(std::filesystem::path path);
  void read(File& file);
  Place reserve(std::int64_t no, std::size_t size);

  const std::filesystem::path folder_;
  mutable std::mutex mutex_;  // guards what is below, but not the bytes of the files
  std::deque<File> files_;    // entries stay where they are
  std::map<std::int64_t, Place> places_;
  int next_name_ = 0;
};

}  // namespace ootd
