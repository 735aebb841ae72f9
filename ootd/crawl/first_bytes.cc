#include "ootd/crawl/first_bytes.h"

#include "ootd/ingest/annotations.h"

namespace ootd {

std::string kind_of_no_picture(std::string_view begin) {
  if (begin.starts_with("%PDF-")) return "a PDF";
  if (begin.starts_with("\x1a\x45\xdf\xa3")) return "a video";  // Matroska, WebM
  if (begin.size() >= 12 && begin.substr(4, 4) == "ftyp")
    for (const std::string_view brand : {"isom", "iso2", "mp41", "mp42", "avc1", "qt  ", "M4V "})
      if (begin.substr(8, 4) == brand) return "a video";
  if (begin.starts_with("\xef\xbb\xbf")) begin.remove_prefix(3);
  const std::size_t text = begin.find_first_not_of(" \t\r\n\f");
  if (text == std::string_view::npos) return "";
  begin.remove_prefix(text);
  if (begin.front() == '{' || begin.front() == '[') return "JSON";
  if (begin.front() != '<') return "";
  const std::string page = lower_case(std::string(begin.substr(0, 1024)));
  if (page.starts_with("<svg") || (page.starts_with("<?xml") && page.find("<svg") != std::string::npos))
    return "an SVG drawing";
  return page.starts_with("<?xml") || page.starts_with("<error") ? "XML" : "an HTML page";
}

}  // namespace ootd
