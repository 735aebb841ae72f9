// Filter expressions of search and recommend, resolved against the catalog into a bitmap of rows.
// Grammar (case matters in values; spaces are free):
//   expr   := term ("or" term)*          term := factor ("and" factor)*
//   factor := "not" factor | "(" expr ")" | key ("=" | "!=") value | key "in" "(" value ("," value)* ")"
// A key is a label key ("style", "class", "split" ...); "id" compares image ids. A value is a bare word
// ([A-Za-z0-9_.:/-]+) or "quoted" with \" and \\ . Example:  style = Retro and not (class in (shoes, hat))
// An image with several values of a key matches if one of them does.
// Threads: as Catalog. Errors: Error(kInput) with the position and what was expected; an unknown key is an error that
// lists the known ones (a typing error must not look like an empty shop).
#pragma once

#include <string>

#include "ootd/store/bitmap.h"
#include "ootd/store/catalog.h"

namespace ootd {

Bitmap resolve_filter(const Catalog& catalog, const std::string& expression);

}  // namespace ootd
