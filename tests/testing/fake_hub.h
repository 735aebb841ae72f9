// A model hub on 127.0.0.1: one repository, its listing, and its files, the large ones by a redirect to a CDN as
// Hugging Face does. Tests only.
#pragma once

#include <map>
#include <string>

#include "ootd/base/json.h"
#include "ootd/base/sha256.h"
#include "tests/testing/loopback_server.h"

namespace ootd::testing {

inline constexpr char kCommit[] = "0123456789abcdef0123456789abcdef01234567";

class FakeHub {
 public:
  // address: owner/name
  FakeHub(std::string address, std::map<std::string, std::string> files)
      : files_(std::move(files)),
        address_(std::move(address)),
        cdn_([this](const Seen& seen) { return on_cdn(seen); }),
        hub_([this](const Seen& seen) { return on_hub(seen); }) {}

  std::string url() const { return hub_.url(); }
  LoopbackServer& hub() { return hub_; }
  LoopbackServer& cdn() { return cdn_; }

  // Bytes of bodies that were sent of this file.
  std::uint64_t body_sent(const std::string& path) const {
    return hub_.body_sent("/resolve/" + commit + "/" + path) + cdn_.body_sent("/cdn/" + path);
  }
  std::uint64_t size(const std::string& path) const { return files_.at(path).size(); }

  // Set before the first request.
  std::size_t large = 4096;  // files of this size go to the CDN and have a SHA-256
  std::function<void(Json& listing)> edit_listing = [](Json&) {};
  std::function<void(const std::string& path, Reply& reply)> spoil = [](const std::string&, Reply&) {};
  std::string token;  // if not empty: who does not bring it is refused
  std::string commit = kCommit;

 private:
  static std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

  Json listing() const {
    Json json = {{"id", address_}, {"sha", commit}, {"cardData", {{"license", "mit"}}}, {"siblings", Json::array()}};
    for (const auto& [path, bytes] : files_) {
      Json row = {{"rfilename", path}, {"size", bytes.size()}, {"blobId", git_blob_hex(bytes_of(bytes))}};
      if (bytes.size() >= large) {
        row["lfs"] = {{"sha256", sha256_hex(bytes_of(bytes))}, {"size", bytes.size()}, {"pointerSize", 134}};
        row["blobId"] = std::string(40, '0');  // of the pointer
      }
      json["siblings"].push_back(row);
    }
    edit_listing(json);
    return json;
  }

  Reply on_hub(const Seen& seen) {
    const std::string api = "/api/models/" + address_ + "/revision/",
                      files = "/" + address_ + "/resolve/" + commit + "/";
    if (!token.empty() && seen.header("authorization") != "Bearer " + token)
      return {401, {{"X-Error-Message", "Access to model " + address_ + " is restricted"}}, "", {}, {}, {}};
    if (seen.target == api + "main?blobs=true" || seen.target == api + "v1?blobs=true")
      return {200, {{"Content-Type", "application/json"}}, listing().dump(), {}, {}, {}};
    const std::string path = seen.target.starts_with(files) ? seen.target.substr(files.size()) : "";
    if (!files_.contains(path)) return {404, {{"X-Error-Message", "Not found"}}, "", {}, {}, {}};
    if (size(path) >= large) return {302, {{"Location", cdn_.url("/cdn/" + path)}}, "Found", {}, {}, {}};
    Reply reply = serve_bytes(seen, files_.at(path));
    spoil(path, reply);
    return reply;
  }

  Reply on_cdn(const Seen& seen) {
    const std::string path = seen.target.substr(5);
    Reply reply = serve_bytes(seen, files_.at(path));
    spoil(path, reply);
    return reply;
  }

  const std::map<std::string, std::string> files_;
  const std::string address_;
  LoopbackServer cdn_, hub_;  // last: their threads use what is above
};

}  // namespace ootd::testing
