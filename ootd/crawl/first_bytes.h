// Inside this folder: what bytes are, by their beginning, whatever Content-Type says (after WHATWG's "MIME Sniffing").
#pragma once

#include <string>
#include <string_view>

namespace ootd {

// "an HTML page", "JSON"; empty: nothing that is known to be no picture. begin: some bytes are enough.
std::string kind_of_no_picture(std::string_view begin);

}  // namespace ootd
