// Inside this folder: numbers in alarms' sentences, and fields of the files that hold them.
#pragma once

#include <string>
#include <string_view>

namespace ootd {

// Three digits: "0.123", "45.6", "1.2e+03".
std::string short_number(double value);

// In double quotes where RFC 4180 asks for them.
std::string csv_field(std::string_view text);

}  // namespace ootd
