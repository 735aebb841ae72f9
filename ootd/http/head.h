// The headers of an answer that count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ootd {

// Empty where the answer has none, or one with control characters; content_type and content_encoding in lower case.
struct Head {
  int status = 0;
  std::string etag, last_modified, content_type, content_encoding, content_range, location, message;
  std::vector<std::string> robots_tags;  // X-Robots-Tag, which may come several times
  std::optional<std::uint64_t> content_length;
  std::optional<double> retry_after_s;  // given as seconds or as a date

  bool encoded() const { return !content_encoding.empty() && content_encoding != "identity"; }
  bool is_redirect() const;
  // One line as it came. A status line starts anew: an answer may be preceded by others (100 Continue).
  void take_line(std::string_view line);
};

}  // namespace ootd
