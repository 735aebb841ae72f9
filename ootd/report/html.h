// Text of a page: everything that comes from outside passes escape_html() before it stands between tags.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ootd {

// For text and for attribute values in quotes.
std::string escape_html(std::string_view text);

// 0.5 -> "0.50"; what is no number -> "-".
std::string fixed(double value, int digits);
// Below 1e-2 or from 1e4 on in powers of ten, else with as few digits as it needs: "1e-3", "0.25", "1500".
std::string compact(double value);
// 12345 -> "12,345".
std::string grouped(std::size_t count);

// A whole page in the style of the reports. css: more of it; header, main: HTML.
std::string html_page(const std::string& title, const std::string& css, const std::string& header,
                      const std::string& main);

// A picture within the page.
std::string jpeg_uri(std::span<const std::byte> jpeg);

}  // namespace ootd
