#include "ootd/store/filter.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr char kIdKey[] = "id";

enum class TokenKind { kWord, kQuoted, kEqual, kNotEqual, kOpen, kClose, kComma, kEnd };

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

[[noreturn]] void fail(std::string_view expression, std::size_t offset, const std::string& message) {
  // Characters, not bytes: what follows the first byte of a UTF-8 character is 10xxxxxx.
  const auto characters =
      std::ranges::count_if(expression.substr(0, offset), [](char c) { return (c & 0xc0) != 0x80; });
  throw Error(Kind::kInput, "filter: at " + std::to_string(characters + 1) + ": " + message);
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

// Recursive descent; each rule returns the rows that match.
class Resolver {
 public:
  Resolver(const Catalog& catalog, std::string_view expression)
      : catalog_(catalog), expression_(expression), lexer_(expression) {
    advance();
  }

  Bitmap resolve() {
    Bitmap rows = expr(0);
    if (token_.kind != TokenKind::kEnd) fail_expected("\"and\", \"or\" or the end");
    return rows;
  }

 private:
  Bitmap expr(int depth) {
    Bitmap rows = term(depth);
    while (accept_keyword("or")) rows |= term(depth);
    return rows;
  }

  Bitmap term(int depth) {
    Bitmap rows = factor(depth);
    while (accept_keyword("and")) rows &= factor(depth);
    return rows;
  }

  Bitmap factor(int depth) {
    if (depth > kMaxFilterDepth)
      fail(expression_, token_.offset, "nested more than " + std::to_string(kMaxFilterDepth) + " deep");
    if (accept_keyword("not")) return all_but(factor(depth + 1));
    if (accept(TokenKind::kOpen)) {
      Bitmap rows = expr(depth + 1);
      expect(TokenKind::kClose, "\"and\", \"or\" or \")\"");
      return rows;
    }
    return comparison();
  }

  Bitmap comparison() {
    if (!is_value() || is_keyword("and") || is_keyword("or") || is_keyword("in"))
      fail_expected("a key, \"not\" or \"(\"");
    const Token key = token_;
    advance();
    if (accept(TokenKind::kEqual)) return rows_with(key, value_after("=\""));
    if (accept(TokenKind::kNotEqual)) return all_but(rows_with(key, value_after("!=\"")));
    if (!accept_keyword("in")) fail_expected("\"=\", \"!=\" or \"in\" after the key \"" + key.text + "\"");
    expect(TokenKind::kOpen, "\"(\" after \"in\"");
    Bitmap rows = rows_with(key, value_after("(\""));
    while (accept(TokenKind::kComma)) rows |= rows_with(key, value_after(",\""));
    expect(TokenKind::kClose, "\",\" or \")\"");
    return rows;
  }

  std::string value_after(const char* symbol) {
    if (!is_value()) fail_expected(std::string("a value after \"") + symbol);
    std::string value = token_.text;
    advance();
    return value;
  }

  Bitmap rows_with(const Token& key, const std::string& value) {
    if (key.text == kIdKey) {
      Bitmap rows;
      if (const auto image = catalog_.find_image(value)) rows.add(image->row);
      return rows;
    }
    require_known(key);
    return catalog_.rows_with_label(key.text, value);
  }

  void require_known(const Token& key) {
    if (!known_keys_) known_keys_ = catalog_.label_key_names();
    if (std::ranges::binary_search(*known_keys_, key.text)) return;
    std::string message = "no image has a label \"" + key.text + "\"; the known keys are: ";
    for (const std::string& known : *known_keys_) message += known + ", ";
    fail(expression_, key.offset, message + kIdKey);
  }

  Bitmap all_but(const Bitmap& rows) {
    if (!all_) all_ = catalog_.all_rows();
    Bitmap rest = *all_;
    rest.subtract(rows);
    return rest;
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

  const Catalog& catalog_;
  const std::string_view expression_;
  Lexer lexer_;
  Token token_;
  std::optional<std::vector<std::string>> known_keys_;  // sorted; read at the first need, as is all_
  std::optional<Bitmap> all_;
};

}  // namespace

Bitmap resolve_filter(const Catalog& catalog, const std::string& expression) {
  if (expression.size() > kMaxFilterBytes)
    throw Error(Kind::kInput, "filter: " + std::to_string(expression.size()) + " bytes, more than the limit of " +
                                  std::to_string(kMaxFilterBytes));
  return Resolver(catalog, expression).resolve();
}

}  // namespace ootd
