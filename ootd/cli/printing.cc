#include "ootd/cli/printing.h"

#include <algorithm>
#include <iostream>

namespace ootd {

Json failures_json(std::span<const Failure> failures) {
  Json list = Json::array();
  for (const Failure& failure : failures) list.push_back({{"item", failure.item}, {"reason", failure.reason}});
  return list;
}

void print_failures(std::span<const Failure> failures, std::size_t most) {
  for (const Failure& failure : failures.first(std::min(most, failures.size())))
    std::cerr << "  failed: " << failure.item << ": " << failure.reason << "\n";
  if (failures.size() > most) std::cerr << "  ... and " << failures.size() - most << " more (--json lists all)\n";
}

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c == 0x7F; }, '?');
  return text;
}

std::string labels_text(const ImageRecord& image) {
  std::string text;
  for (const auto& label : image.labels) text += (text.empty() ? "" : ", ") + label.key + "=" + label.value;
  return text;
}

}  // namespace ootd
