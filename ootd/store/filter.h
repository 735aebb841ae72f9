// Filter expressions of search and recommend, resolved against the catalog into a bitmap of rows.
//
// Grammar (case matters in keys and values, not in the words and, or, not, in; spaces are free):
//   expr   := term ("or" term)*          term := factor ("and" factor)*
//   factor := "not" factor | "(" expr ")" | key ("=" | "!=") value | key "in" "(" value ("," value)* ")"
//
// A key is a label key ("style", "class", "split" ...); "id" compares image ids. Keys and values are bare words
// ([A-Za-z0-9_.:/-]+) or "quoted" with \" and \\ . Example:  style = Retro and not (class in (shoes, hat))
// An image with several values of a key matches if one of them does; `k != v` is `not k = v`, so it also holds for
// images without the key. A known key with a value that no image has gives the empty set: a normal answer.
//
// Threads: as Catalog.
// Errors:  Error(kInput) with the position (in characters, from 1) and what was expected; an unknown key is an error
//          that lists the known ones (a typing error must not look like an empty shop).
#pragma once

#include <cstddef>
#include <string>

#include "ootd/store/bitmap.h"
#include "ootd/store/catalog.h"

namespace ootd {

// Nesting (of parentheses and "not") and length are limited, since expressions come in over HTTP.
inline constexpr int kMaxFilterDepth = 100;
inline constexpr std::size_t kMaxFilterBytes = 16'384;

Bitmap resolve_filter(const Catalog& catalog, const std::string& expression);

}  // namespace ootd
