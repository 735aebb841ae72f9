// HTML's character references: "&eacute;", "&#233;", "&#xe9;".
#pragma once

#include <string>
#include <string_view>

namespace ootd {

// As HTML5 says and Python's html.unescape does: the longest known name, for the old ones also without a semicolon;
// numbers of Windows-1252 in the C1 range; U+FFFD for what is no character.
std::u32string unescape_html(std::u32string_view text);

// As ftfy does: only what ends in a semicolon, names also in capitals ("&EACUTE;" is the capital letter).
std::u32string unescape_html_strictly(std::u32string_view text);

}  // namespace ootd
