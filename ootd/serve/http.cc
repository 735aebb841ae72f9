#include "ootd/serve/http.h"

#include <algorithm>
#include <charconv>

namespace ootd {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unescape(std::string_view text, bool plus_is_space) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      plain += ' ';
    } else if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) throw Error(Kind::kInput, "the address has a broken %-escape; write %25 for a plain %");
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i];
    }
    if (plain.back() == '\0') throw Error(Kind::kInput, "the address has a NUL byte");
  }
  return plain;
}

std::string_view public_name(Kind kind) {
  switch (kind) {
    case Kind::kInput:
      return "input";
    case Kind::kNotFound:
      return "not_found";
    case Kind::kUnavailable:
      return "unavailable";
    case Kind::kInternal:
      return "internal";
  }
  return "internal";
}

int status_of(Kind kind) {
  switch (kind) {
    case Kind::kInput:
      return 400;
    case Kind::kNotFound:
      return 404;
    case Kind::kUnavailable:
      return 503;
    case Kind::kInternal:
      return 500;
  }
  return 500;
}

}  // namespace

Query Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string name = unescape(pair.substr(0, equals), true);
    const std::string value = equals == pair.npos ? "" : unescape(pair.substr(equals + 1), true);
    if (!query.values_.emplace(name, value).second)
      throw Error(Kind::kInput, "parameter \"" + name + "\" is given twice");
  }
  return query;
}

std::optional<std::string> Query::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

int Query::number(const std::string& name, int fallback, int low, int high) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  int value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, problem] = std::from_chars(found->second.data(), end, value);
  if (problem != std::errc() || stop != end || value < low || value > high)
    throw Error(Kind::kInput, "parameter \"" + name + "\" must be a whole number from " + std::to_string(low) + " to " +
                                  std::to_string(high) + ", not \"" + found->second + "\"");
  return value;
}

void Query::allow_only(std::initializer_list<std::string_view> names) const {
  for (const auto& [name, value] : values_) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string known;
    for (const auto other : names) known += (known.empty() ? "" : ", ") + std::string(other);
    throw Error(Kind::kInput,
                "unknown parameter \"" + name + "\"; this route knows: " + (known.empty() ? "none" : known));
  }
}

std::vector<std::string> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash; the server has checked that a path starts with one
    const std::string_view segment = path.substr(0, path.find('/'));
    segments.push_back(unescape(segment, false));
    path.remove_prefix(segment.size());
  }
  return segments;
}

Response empty_response(int status) {
  Response response;
  response.status = status;
  return response;
}

Response bytes_response(std::string content_type, std::span<const std::byte> bytes, std::shared_ptr<const void> keep) {
  Response response;
  response.content_type = std::move(content_type);
  response.body = bytes;
  response.keep = std::move(keep);
  return response;
}

Response text_response(std::string text, std::string content_type) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  return bytes_response(std::move(content_type), std::as_bytes(std::span(*owner)), owner);
}

Response json_response(const Json& value, int status) {
  Response response = text_response(dump_json(value) + "\n", "application/json");
  response.status = status;
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response refusal(int status, std::string_view kind, const std::string& message) {
  return json_response({{"error", {{"kind", kind}, {"message", message}}}}, status);
}

Response error_response(const Error& error, const std::filesystem::path& workspace) {
  std::string message = error.what();
  const bool names_file = !workspace.empty() && message.find((workspace / "").string()) != message.npos;
  const Kind kind = names_file && error.kind() == Kind::kInput ? Kind::kUnavailable : error.kind();
  const int status = status_of(kind);
  if (status == 503)
    message = "something that is needed is missing or busy; the server's log says what; try again later";
  else if (status >= 500)
    message = "a bug of the server; its log says more";
  else if (names_file)
    message = "the picture's file is missing";
  Response response = refusal(status, public_name(kind), message);
  if (status == 503) response.headers.emplace_back("Retry-After", "2");
  if (status >= 500 || names_file) response.log_note = error.what();
  return response;
}

}  // namespace ootd
