// Filter expressions of search and recommend: parsed once into an immutable tree, which each store turns into its own
// query (LookStore::keys_where). For people: docs/filters.md.
//
// Grammar (case matters in keys and values, not in the words and, or, not, in; spaces are free):
//   expr   := term ("or" term)*          term := factor ("and" factor)*
//   factor := "not" factor | "(" expr ")" | key ("=" | "!=") value | key "in" "(" value ("," value)* ")"
//           | key ("<" | "<=" | ">" | ">=") bound
//
// The same tree as JSON: {"and": [..]}, {"or": [..]}, {"not": ..}, {"key": "style", "=": "Retro"} with any of the signs
// above, "!=" and "in". What begins with { is read so.
//
// A bound is a number, or a day, month, year or time as ISO 8601 writes it; a value of the key that is neither matches
// no such comparison. A month is the span of its days: `day <= 2026-02` holds until its end. Times without a zone are
// UTC.
// A key is a label key ("style", "class", "split" ...); "id" compares image ids. Keys and values are bare words
// ([A-Za-z0-9_.:/-]+) or "quoted" with \" and \\ . Example:  style = Retro and not (class in (shoes, hat))
// An image with several values of a key matches if one of them does; `k != v` is `not k = v`, so it also holds for
// images without the key. A known key with a value that no image has gives the empty set: a normal answer.
//
// Errors:  Error(kInput) with the position (in characters, from 1) and what was expected.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ootd {

// Expressions come in over HTTP, so what one may cost is limited: its length, its nesting (of parentheses and "not"),
// and its terms (the values that it compares).
inline constexpr std::size_t kMaxFilterBytes = 16'384, kMaxFilterTerms = 256;
inline constexpr int kMaxFilterDepth = 100;

class Filter {
 public:
  struct Node {
    enum class Kind { kAnd, kOr, kNot, kIn, kCompare };
    Kind kind = Kind::kIn;
    std::vector<Node> children = {};       // two or more of kAnd and kOr, one of kNot
    std::string key = {};                  // kIn: any of `values` under this key; "id" = the image's id
    std::vector<std::string> values = {};  // sorted, unique; of kCompare the bound alone
    std::size_t at = 0;                    // of a key: where it stands, in characters from 1; 0 in JSON
    std::string relation = {};             // of kCompare: "<", "<=", ">" or ">="
  };
  static constexpr std::string_view kIdKey = "id";

  static Filter parse(std::string_view expression);
  // Whether a kCompare holds for a value of its key.
  static bool holds(const Node& comparison, std::string_view value);

  const Node& root() const { return root_; }

 private:
  explicit Filter(Node root) : root_(std::move(root)) {}
  Node root_;
};

// For stores: the error for a label key that no image has, which lists those that are known (sorted): a typing error
// must not look like an empty shop.
[[noreturn]] void throw_unknown_key(const Filter::Node& node, const std::vector<std::string>& known);

}  // namespace ootd
