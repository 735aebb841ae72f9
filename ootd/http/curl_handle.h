// What every transfer of ours sets, and how libcurl's answers are read. Private to this folder.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "ootd/base/error.h"
#include "ootd/http/client.h"

namespace ootd {

template <class T>
void set_option(CURL* curl, CURLoption option, T value) {
  if (curl_easy_setopt(curl, option, value) != CURLE_OK)
    throw Error(Kind::kInternal, "libcurl does not know option " + std::to_string(option));
}

// A handle with time-outs, protocols, user agent and certificates set; throws kUnavailable if libcurl cannot start.
CURL* make_curl(const Patience& patience);

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
void append_header(HeaderList& list, const std::string& line);

// Whether the same request, which this handle has just made, may succeed at another time.
bool may_go_right(CURL* curl, CURLcode code);

// words: of the handle's error buffer. Names the host where libcurl does not.
std::string reason_of(CURLcode code, const char* words, const std::string& host);

}  // namespace ootd
