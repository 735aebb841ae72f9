// What a mistyped word was meant to be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ootd {

// Edits that make one word of the other: a letter put in, left out, replaced, or swapped with its neighbour
// (Damerau-Levenshtein, each pair of neighbours swapped once). Letters of either case are the same. Cost: the product
// of the lengths.
int word_distance(std::string_view a, std::string_view b);

// The word with the fewest edits, the first of equals; nothing if it takes more than one for every three letters typed.
std::optional<std::string> nearest_word(std::string_view typed, std::span<const std::string> words);

}  // namespace ootd
