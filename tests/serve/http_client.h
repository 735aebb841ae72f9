// A blocking HTTP/1.1 client on a bare socket, so that a test can send what no library would: halves of heads, wrong
// lengths, slow bytes. Tests only.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "ootd/base/json.h"

namespace ootd::testing {

struct Answer {
  int status = 0;                              // 0 = the connection ended without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  Json json() const { return parse_json(body, "the answer"); }
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  std::string error_kind() const { return json().at("error").at("kind").get<std::string>(); }
  std::string error_message() const { return json().at("error").at("message").get<std::string>(); }
};

class HttpClient {
 public:
  explicit HttpClient(unsigned short port) : port_(port), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  ~HttpClient() {
    if (fd_ >= 0) ::close(fd_);
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  HttpClient(HttpClient&& other) noexcept
      : cookie(std::move(other.cookie)),
        port_(other.port_),
        fd_(std::exchange(other.fd_, -1)),
        buffer_(std::move(other.buffer_)) {}

  // False if the server has closed the connection.
  bool send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  Answer read_answer(bool head_only = false) {
    Answer answer;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos)
      if (!fill()) return answer;
    std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::stoi(head.substr(9, 3));
    head.erase(0, head.find("\r\n") + 2);
    while (!head.empty()) {
      const std::string line = head.substr(0, head.find("\r\n"));
      head.erase(0, line.size() + 2);
      std::string name = line.substr(0, line.find(": "));
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      answer.headers[name] = line.substr(line.find(": ") + 2);
    }
    if (answer.status == 100) return answer;
    const auto length = answer.headers.find("content-length");
    const std::size_t size = head_only || length == answer.headers.end() ? 0 : std::stoul(length->second);
    while (buffer_.size() < size)
      if (!fill()) throw std::runtime_error("the body ended early");
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return answer;
  }

  // headers: whole lines, each with its "\r\n". Host and Content-Length are added; the session's cookie is kept.
  Answer request(const std::string& method, const std::string& target, const std::string& body = "",
                 const std::string& headers = "") {
    std::string text = method + " " + target + " HTTP/1.1\r\n" + headers;
    if (headers.find("Host:") == headers.npos) text += "Host: localhost:" + std::to_string(port_) + "\r\n";
    if (!cookie.empty()) text += "Cookie: " + cookie + "\r\n";
    if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send_raw(text + "\r\n" + body);
    Answer answer = read_answer(method == "HEAD");
    if (const std::string set = answer.header("set-cookie"); !set.empty()) cookie = set.substr(0, set.find(';'));
    return answer;
  }
  Answer get(const std::string& target, const std::string& headers = "") { return request("GET", target, "", headers); }
  Answer post(const std::string& target, const Json& value, const std::string& headers = "") {
    return request("POST", target, value.dump(), "Content-Type: application/json\r\n" + headers);
  }

  // Whether the server closes the connection within this time (bytes it still sends are dropped).
  bool closed_within(int ms) {
    for (char chunk[4096];;) {
      pollfd ready = {fd_, POLLIN, 0};
      if (::poll(&ready, 1, ms) <= 0) return false;
      if (::recv(fd_, chunk, sizeof chunk, 0) <= 0) return true;
    }
  }

  std::string cookie;  // "ootd_session=..."

 private:
  bool fill() {
    char chunk[16384];
    const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got > 0) buffer_.append(chunk, static_cast<std::size_t>(got));
    return got > 0;
  }

  unsigned short port_;
  int fd_;
  std::string buffer_;
};

}  // namespace ootd::testing
