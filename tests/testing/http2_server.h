// nghttpd (Debian's nghttp2-server), which speaks HTTP/2 and nothing else. Where it is not installed tests skip. Link
// OpenSSL::SSL. Tests only.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "tests/testing/certificates.h"
#include "tests/testing/child.h"
#include "tests/testing/loopback_server.h"

namespace ootd::testing {

class Http2Server {
 public:
  static bool is_installed() { return std::system((kFind + " command -v nghttpd > /dev/null").c_str()) == 0; }

  // Serves the files of `documents` at 127.0.0.1; writes its key and log into `folder`.
  Http2Server(const Identity& identity, const std::filesystem::path& documents, const std::filesystem::path& folder)
      : log_(folder / "log"), port_(LoopbackServer([](const Seen&) { return Reply{}; }).port()) {
    identity.write_key(folder / "key.pem");
    identity.write_certificate(folder / "certificate.pem");
    child_ = start_child({"/bin/sh", "-c",
                          kFind + " exec nghttpd -v -a 127.0.0.1 -d '" + documents.string() + "' " +
                              std::to_string(port_) + " '" + (folder / "key.pem").string() + "' '" +
                              (folder / "certificate.pem").string() + "' > '" + log_.string() + "' 2>&1"});
    for (int i = 0; i < 500 && !log_has("listen "); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ~Http2Server() { stop(); }
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  std::string url(const std::string& path) const { return "https://127.0.0.1:" + std::to_string(port_) + path; }

  struct Traffic {
    std::size_t connections = 0, requests = 0, most_at_once = 0;
  };
  // Of requests whose headers came; ends the server.
  Traffic traffic() {
    stop();
    Traffic traffic;
    std::set<std::string> connections, open;
    std::ifstream log(log_);
    for (std::string line; std::getline(log, line);) {
      if (!line.starts_with("[id=")) continue;
      const std::string connection = line.substr(0, line.find(']'));
      const auto at = line.find("stream_id=");
      const std::string stream =
          at == std::string::npos ? "" : connection + line.substr(at, line.find_first_of("> ", at) - at);
      if (line.find("recv HEADERS frame") != std::string::npos) {
        ++traffic.requests;
        connections.insert(connection);
        open.insert(stream);
        traffic.most_at_once = std::max(traffic.most_at_once, open.size());
      } else if (line.ends_with(" closed")) {
        open.erase(stream);
      }
    }
    traffic.connections = connections.size();
    return traffic;
  }

 private:
  static inline const std::string kFind = "PATH=\"$PATH:/usr/sbin\";";

  bool log_has(const std::string& words) const {
    std::ifstream log(log_);
    for (std::string line; std::getline(log, line);)
      if (line.find(words) != std::string::npos) return true;
    return false;
  }
  void stop() {
    if (child_ == 0) return;
    ::kill(child_, SIGTERM);
    wait_for(child_);
    child_ = 0;
  }

  const std::filesystem::path log_;
  const int port_;
  pid_t child_ = 0;
};

}  // namespace ootd::testing
