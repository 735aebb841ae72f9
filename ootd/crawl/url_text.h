// Inside this folder: urls as they are put together and found in pages.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ootd {

// Replaces each {name}, of small letters, digits and "_", by what `value` says; nothing leaves it as it stands.
std::string expand(std::string_view text, const std::function<std::optional<std::string>(const std::string&)>& value);
std::vector<std::string> placeholders(std::string_view text);  // in their order

// All but RFC 3986's unreserved characters as %XX, for a value within a url.
std::string escape_url(std::string_view value);

// A link as a page holds it, read as browsers do (WHATWG URL) and without a fragment: relative, with blanks around and
// within, letters of all alphabets, backslashes, "HTTP:", slashes too many or too few. Nothing for what is no http(s)
// url, such as data: or javascript:. base: empty if only a whole link will do.
std::optional<std::string> absolute_url(const std::string& base, std::string_view link);

bool is_http_url(std::string_view link);  // "HTTPS://a", not "/a"; whatever follows

// The largest picture of a srcset: "a.jpg 300w, b.jpg 1200w" or "a.jpg, b.jpg 2x". Those that are no address but the
// picture itself (data:) do not count. Empty if there is none.
std::string largest_of_srcset(std::string_view srcset);

bool is_data_url(std::string_view link);

std::string_view trimmed(std::string_view text);  // without control characters and blanks at the ends

// White space at the ends dropped, runs within made one space.
std::string tidy_text(std::string_view text);

}  // namespace ootd
