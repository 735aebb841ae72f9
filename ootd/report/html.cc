#include "ootd/report/html.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

#include "ootd/report/sections.h"

namespace ootd {

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value == 0 ? 0.0 : value);
  return text;
}

std::string compact(double value) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  const double size = std::abs(value);
  if (value != 0 && (size < 1e-2 || size >= 1e4)) {
    std::snprintf(text, sizeof text, "%.1e", value);  // "1.0e-03" -> "1e-3"
    std::string number = text;
    const auto e = number.find('e');
    std::string mantissa = number.substr(0, e);
    if (mantissa.ends_with(".0")) mantissa.resize(mantissa.size() - 2);
    return mantissa + "e" + std::to_string(std::stoi(number.substr(e + 1)));
  }
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string grouped(std::size_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string html_page(const std::string& title, const std::string& css, const std::string& header,
                      const std::string& main) {
  return "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
         "<meta name=viewport content=\"width=device-width,initial-scale=1\">"
         "<meta name=color-scheme content=\"light dark\"><title>" +
         escape_html(title) + "</title><style>\n" + kPageStyle + css + "</style></head>\n<body><header><h1>" +
         escape_html(title) + "</h1>\n" + header + "</header>\n<main>\n" + main + "</main></body></html>\n";
}

std::string jpeg_uri(std::span<const std::byte> jpeg) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string uri = "data:image/jpeg;base64,";
  uri.reserve(uri.size() + (jpeg.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < jpeg.size(); at += 3) {
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < 3; ++i)
      three = three << 8 | (at + i < jpeg.size() ? static_cast<std::uint32_t>(jpeg[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) uri += at + i > jpeg.size() ? '=' : kDigits[three >> (18 - 6 * i) & 63];
  }
  return uri;
}

}  // namespace ootd
