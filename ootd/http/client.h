// Fetches documents and files over HTTP(S), by libcurl: certificates are checked, proxies are taken from the
// environment (https_proxy, no_proxy ...), and what a network does to a long transfer (cuts, stalls, busy servers) is
// waited out. Threads: the functions may run on many threads at once; a file that is downloaded belongs to one call at
// a time. Errors:  kNotFound for 404 and 410; kInput for a URL that is none; kUnavailable for all else. They name the
// URL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ootd {

struct FetchRequest {
  std::string url;                   // https:// or http://
  std::vector<std::string> headers;  // "Accept: application/json"; they go to every host that the URL leads to
  // "Authorization: Bearer ..." for the URL's own host and port alone: hubs redirect to a CDN, which must not see it.
  std::string token;
  std::string denied_hint;   // what to do about 401 and 403, for the error
  bool accept_html = false;  // otherwise a page in place of the file (a login, a proxy's apology) is an error
};

// What is waited for, and how often.
struct Patience {
  int connect_timeout_s = 20;
  int stall_timeout_s = 30;  // so long below stall_bytes_per_s is a stall
  int stall_bytes_per_s = 1000;
  int tries = 6;                // in a row that bring nothing new
  double first_wait_s = 0.5;    // doubled from try to try, up to 30 s
  double longest_wait_s = 300;  // a server that asks for more (Retry-After) ends it
  int max_redirects = 8;        // never from https to http, except on this machine
  std::string user_agent = "ootd";
};

struct Download {
  FetchRequest request;
  // Its folder exists. The file is there wholly and verified, or not at all; while it grows it is dest + ".part", with
  // what is needed to go on after a cut or a kill -9 in dest + ".part.etag".
  std::filesystem::path dest;
  std::optional<std::uint64_t> size;
  std::string sha256;    // hex digits, all 64 or the first ones; empty: not known
  std::string git_blob;  // the file's name in git: SHA-1 over "blob SIZE\0" and the bytes, 40 hex digits
  std::uint64_t max_bytes = std::uint64_t{1} << 40;
};

using OnBytes = std::function<void(std::uint64_t done, std::uint64_t total)>;  // total = 0: not known

// What an earlier call or process left is continued if a digest will prove the result (and the server still has the
// same version), else fetched anew. A wrong size or digest deletes what was fetched; the error states both.
void download(const Download& file, const Patience& patience = {}, const OnBytes& on_bytes = {});

// The body; more than max_bytes is an error.
std::string fetch_text(const FetchRequest& request, std::uint64_t max_bytes, const Patience& patience = {});

// What `file` says of the digest of these bytes on the disk: nothing if all it knows is right, else "sha256 is X,
// expected Y".
std::optional<std::string> digest_mismatch(const Download& file, const std::filesystem::path& path);

}  // namespace ootd
