#include "ootd/catalog/filter.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/base/unicode.h"
#include "ootd/catalog/filter_nodes.h"

namespace ootd {
namespace {

enum class TokenKind { kWord, kQuoted, kEqual, kNotEqual, kLess, kOpen, kClose, kComma, kEnd };  // kLess: < <= > >=

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;        // the word, or what the quotes hold
  std::size_t offset = 0;  // in bytes
};

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.:/-").find(c) != std::string_view::npos;
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

// Not bytes: what follows the first byte of a UTF-8 character is 10xxxxxx.
std::size_t characters_before(std::string_view expression, std::size_t offset) {
  return static_cast<std::size_t>(
      std::ranges::count_if(expression.substr(0, offset), [](char c) { return (c & 0xc0) != 0x80; }));
}

[[noreturn]] void fail(std::string_view expression, std::size_t offset, const std::string& message) {
  throw Error(Kind::kInput, "filter: at " + std::to_string(characters_before(expression, offset) + 1) + ": " + message);
}

class Lexer {
 public:
  explicit Lexer(std::string_view expression) : expression_(expression) {}

  Token next() {
    while (offset_ < expression_.size() &&
           std::string_view(" \t\r\n").find(expression_[offset_]) != std::string_view::npos)
      ++offset_;
    const std::size_t begin = offset_;
    if (begin == expression_.size()) return {TokenKind::kEnd, "", begin};
    const char c = expression_[begin];
    if (c == '"') return quoted();
    if (is_word_char(c)) {
      while (offset_ < expression_.size() && is_word_char(expression_[offset_])) ++offset_;
      return {TokenKind::kWord, std::string(expression_.substr(begin, offset_ - begin)), begin};
    }
    if (expression_.substr(begin).starts_with("!=")) return symbol(TokenKind::kNotEqual, 2);
    if (c == '=') return symbol(TokenKind::kEqual, 1);
    if (c == '<' || c == '>') return symbol(TokenKind::kLess, expression_.substr(begin + 1).starts_with('=') ? 2 : 1);
    if (c == '(') return symbol(TokenKind::kOpen, 1);
    if (c == ')') return symbol(TokenKind::kClose, 1);
    if (c == ',') return symbol(TokenKind::kComma, 1);
    fail(expression_, begin,
         "unexpected character; put words with other characters than A-Z a-z 0-9 _ . : / - in \"quotes\"");
  }

 private:
  Token symbol(TokenKind kind, std::size_t length) {
    const std::size_t begin = offset_;
    offset_ += length;
    return {kind, std::string(expression_.substr(begin, length)), begin};
  }

  Token quoted() {
    Token token{TokenKind::kQuoted, "", offset_};
    for (++offset_; offset_ < expression_.size(); ++offset_) {
      char c = expression_[offset_];
      if (c == '"') {
        ++offset_;
        return token;
      }
      if (c == '\\') {
        if (++offset_ == expression_.size()) break;
        c = expression_[offset_];
        if (c != '"' && c != '\\') fail(expression_, offset_ - 1, "after \\ in quotes only \" or \\ may stand");
      }
      token.text += c;
    }
    fail(expression_, token.offset, "this quote is never closed");
  }

  const std::string_view expression_;
  std::size_t offset_ = 0;
};

using Node = Filter::Node;

// Recursive descent; each rule returns its part of the tree.
class Parser {
 public:
  explicit Parser(std::string_view expression) : expression_(expression), lexer_(expression) { advance(); }

  Node parse() {
    Node root = expr(0);
    if (token_.kind != TokenKind::kEnd) fail_expected("\"and\", \"or\" or the end");
    return root;
  }

 private:
  Node expr(int depth) {
    std::vector<Node> terms = {term(depth)};
    while (accept_keyword("or")) terms.push_back(term(depth));
    return joined(Node::Kind::kOr, std::move(terms));
  }

  Node term(int depth) {
    std::vector<Node> factors = {factor(depth)};
    while (accept_keyword("and")) factors.push_back(factor(depth));
    return joined(Node::Kind::kAnd, std::move(factors));
  }

  Node factor(int depth) {
    if (depth > kMaxFilterDepth)
      fail(expression_, token_.offset, "nested more than " + std::to_string(kMaxFilterDepth) + " deep");
    if (accept_keyword("not")) return negated(factor(depth + 1));
    if (accept(TokenKind::kOpen)) {
      Node inner = expr(depth + 1);
      expect(TokenKind::kClose, "\"and\", \"or\" or \")\"");
      return inner;
    }
    return comparison();
  }

  Node comparison() {
    if (!is_value() || is_keyword("and") || is_keyword("or") || is_keyword("in"))
      fail_expected("a key, \"not\" or \"(\"");
    Node node;
    node.key = label_text(token_.text);  // as labels are kept
    node.at = characters_before(expression_, token_.offset) + 1;
    advance();
    if (accept(TokenKind::kEqual)) {
      node.values = {value_after("=\"")};
      return node;
    }
    if (accept(TokenKind::kNotEqual)) {
      node.values = {value_after("!=\"")};
      return negated(std::move(node));
    }
    if (token_.kind == TokenKind::kLess) return bounded(std::move(node));
    if (!accept_keyword("in"))
      fail_expected("\"=\", \"!=\", \"<\", \">\" or \"in\" after the key \"" + node.key + "\"");
    expect(TokenKind::kOpen, "\"(\" after \"in\"");
    node.values = {value_after("(\"")};
    while (accept(TokenKind::kComma)) node.values.push_back(value_after(",\""));
    expect(TokenKind::kClose, "\",\" or \")\"");
    sort_unique(node.values);
    return node;
  }

  Node bounded(Node node) {
    node.kind = Node::Kind::kCompare;
    node.relation = token_.text;
    advance();
    const std::size_t at = token_.offset;
    node.values = {value_after((node.relation + "\"").c_str())};
    if (!is_bound(node.values.front()))
      fail(expression_, at, "\"" + node.values.front() + "\" is neither a number nor a date such as 2026-11-30");
    if (node.key == Filter::kIdKey) fail(expression_, at, "ids have no order");
    return node;
  }

  std::string value_after(const char* symbol) {
    if (!is_value()) fail_expected(std::string("a value after \"") + symbol);
    if (++terms_ > kMaxFilterTerms)
      fail(expression_, token_.offset,
           "more than " + std::to_string(kMaxFilterTerms) + " values are compared; ask for fewer at a time");
    std::string value = label_text(token_.text);
    advance();
    return value;
  }

  bool is_value() const { return token_.kind == TokenKind::kWord || token_.kind == TokenKind::kQuoted; }
  bool is_keyword(std::string_view keyword) const {
    return token_.kind == TokenKind::kWord && equals_ignoring_case(token_.text, keyword);
  }
  void advance() { token_ = lexer_.next(); }
  bool accept(TokenKind kind) {
    if (token_.kind != kind) return false;
    advance();
    return true;
  }
  bool accept_keyword(std::string_view keyword) {
    if (!is_keyword(keyword)) return false;
    advance();
    return true;
  }
  void expect(TokenKind kind, const std::string& what) {
    if (!accept(kind)) fail_expected(what);
  }
  [[noreturn]] void fail_expected(const std::string& what) const {
    const std::string found = token_.kind == TokenKind::kEnd ? "the end" : "\"" + token_.text + "\"";
    fail(expression_, token_.offset, "expected " + what + ", found " + found);
  }

  const std::string_view expression_;
  Lexer lexer_;
  Token token_;
  std::size_t terms_ = 0;
};

}  // namespace

Filter Filter::parse(std::string_view expression) {
  if (expression.size() > kMaxFilterBytes)
    throw Error(Kind::kInput, "filter: " + std::to_string(expression.size()) + " bytes, more than the limit of " +
                                  std::to_string(kMaxFilterBytes));
  if (const auto begin = expression.find_first_not_of(" \t\r\n");
      begin != expression.npos && expression[begin] == '{') {
    const Json json = parse_json(expression, "filter");
    std::size_t terms = 0;
    return Filter(node_of(json, "filter", terms));
  }
  return Filter(Parser(expression).parse());
}

void throw_unknown_key(const Filter::Node& node, const std::vector<std::string>& known) {
  std::string message = "filter: " + (node.at > 0 ? "at " + std::to_string(node.at) + ": " : "") +
                        "no image has a label \"" + node.key + "\"; the known keys are: ";
  for (const std::string& key : known) message += key + ", ";
  throw Error(Kind::kInput, message + std::string(Filter::kIdKey));
}

}  // namespace ootd
