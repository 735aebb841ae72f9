// Filter expressions of search and recommend: parsed once into an immutable tree, which each store turns into its own
// query (LookStore::keys_where).
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
    enum class Kind { kAnd, kOr, kNot, kIn };
    Kind kind = Kind::kIn;
    std::vector<Node> children = {};       // two or more of kAnd and kOr, one of kNot
    std::string key = {};                  // kIn: any of `values` under this key; "id" = the image's id
    std::vector<std::string> values = {};  // sorted, unique
    std::size_t at = 0;                    // kIn: where the key stands, in characters from 1
  };
  static constexpr std::string_view kIdKey = "id";

  static Filter parse(std::string_view expression);

  const Node& root() const { return root_; }

 private:
  explicit Filter(Node root) : root_(std::move(root)) {}
  Node root_;
};

// For stores: the error for a label key that no image has, which lists those that are known (sorted): a typing error
// must not look like an empty shop.
[[noreturn]] void throw_unknown_key(const Filter::Node& node, const std::vector<std::string>& known);

}  // namespace ootd
