// Short ways to use MultiFetch. Tests only.
#pragma once

#include <map>
#include <utility>

#include "ootd/http/multi_fetch.h"

namespace ootd::testing {

inline MultiFetchOptions quick_fetch(bool allow_private = true) {
  MultiFetchOptions options;
  options.patience.stall_timeout_s = 1;
  options.deadline_s = 20;
  options.allow_private = allow_private;
  return options;
}

// By ticket.
inline std::map<std::uint64_t, FetchResult> fetch_all(MultiFetch& fetch) {
  std::map<std::uint64_t, FetchResult> results;
  while (fetch.in_flight() > 0)
    for (FetchResult& result : fetch.wait(std::chrono::milliseconds(100))) results[result.ticket] = std::move(result);
  return results;
}

inline FetchResult fetch_one(MultiFetch& fetch, FetchOrder order) {
  order.ticket = 1;
  fetch.start(std::move(order));
  return std::move(fetch_all(fetch).at(1));
}

}  // namespace ootd::testing
