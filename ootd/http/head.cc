#include "ootd/http/head.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <ctime>

namespace ootd {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return copy;
}

// Seconds, or a date.
std::optional<double> parse_retry_after(const std::string& value) {
  std::uint64_t seconds = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (problem == std::errc() && end == value.data() + value.size()) return static_cast<double>(seconds);
  const std::time_t date = curl_getdate(value.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max(0.0, std::difftime(date, std::time(nullptr)));
}

}  // namespace

bool Head::is_redirect() const {
  return !location.empty() && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

void Head::take_line(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    *this = Head();
    const auto space = line.find(' ');
    if (space != std::string_view::npos) status = std::atoi(std::string(line.substr(space)).c_str());
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lower(line.substr(0, colon)), value(trimmed(line.substr(colon + 1)));
  // A value goes back to the server (If-None-Match) or to a terminal: it must not hold what either takes for a command.
  if (std::ranges::any_of(value, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; })) return;
  if (name == "etag") etag = value;
  if (name == "last-modified") last_modified = value;
  if (name == "content-type") content_type = lower(value);
  if (name == "content-encoding") content_encoding = lower(value);
  if (name == "content-range") content_range = lower(value);
  if (name == "location") location = value;
  if (name == "x-error-message") message = value;
  if (name == "retry-after") retry_after_s = parse_retry_after(value);
  if (name == "x-robots-tag") robots_tags.push_back(value);
  if (name == "content-length") {
    std::uint64_t count = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), count).ec == std::errc()) content_length = count;
  }
}

}  // namespace ootd
