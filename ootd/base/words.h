// Enumerators and the words that stand for them in files: a constexpr array of Word, read in both directions.
#pragma once

#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "ootd/base/error.h"

namespace ootd {

template <class E>
struct Word {
  std::string_view text;
  E value;
};

// Nothing if there is no such word.
template <class E, std::size_t N>
std::optional<E> find_word(std::string_view text, const Word<E> (&words)[N]) {
  for (const auto& word : words)
    if (word.text == text) return word.value;
  return std::nullopt;
}

template <class E, std::size_t N>
std::string_view word_of(E value, const Word<E> (&words)[N]) {
  for (const auto& word : words)
    if (word.value == value) return word.text;
  throw Error(Kind::kInternal, "enumerator without a word");
}

// All of them, for the error that says which are known.
template <class E, std::size_t N>
std::string list_words(const Word<E> (&words)[N], std::string_view separator = " ") {
  std::string list;
  for (const auto& word : words) list += std::string(list.empty() ? "" : separator) + std::string(word.text);
  return list;
}

}  // namespace ootd
