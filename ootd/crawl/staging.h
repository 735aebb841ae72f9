// Whole answers between the network and the catalog: HOME/crawl/NO.answer, one line of JSON and the body. An answer is
// put there before anything else is done with it, and goes away after the catalog holds what came of it. So what was
// fetched once is not asked for again after a kill -9, however far the catalog lags behind. (After a power cut an
// answer may be damaged; then it is fetched anew.) Threads: functions for different numbers may run at once.
#pragma once

#include <filesystem>
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
  explicit Staging(std::filesystem::path folder) : folder_(std::move(folder)) {}  // exists

  // Throws Error(kUnavailable) if the disk is full.
  void put(std::int64_t no, const StagedAnswer& answer) const;
  std::optional<StagedAnswer> get(std::int64_t no) const;  // nothing if it is not there, or damaged
  void remove(std::int64_t no) const;
  std::vector<std::int64_t> left_behind() const;  // sorted; removes what was half written

 private:
  std::filesystem::path file(std::int64_t no) const;
  const std::filesystem::path folder_;
};

}  // namespace ootd
