#include "ootd/cli/nearest_word.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace ootd {

int word_distance(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  };
  std::vector<std::vector<int>> edits(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = static_cast<int>(i + j);
        continue;
      }
      int& least = edits[i][j];
      least = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, edits[i - 1][j - 1] + !same(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        least = std::min(least, edits[i - 2][j - 2] + 1);
    }
  return edits[a.size()][b.size()];
}

std::optional<std::string> nearest_word(std::string_view typed, std::span<const std::string> words) {
  const std::string* nearest = nullptr;
  int least = std::max(1, static_cast<int>(typed.size()) / 3) + 1;
  for (const std::string& word : words)
    if (const int distance = word_distance(typed, word); distance < least) {
      least = distance;
      nearest = &word;
    }
  return nearest == nullptr ? std::nullopt : std::optional(*nearest);
}

}  // namespace ootd
