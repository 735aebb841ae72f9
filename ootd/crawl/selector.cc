#include "ootd/crawl/selector.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "ootd/base/error.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

constexpr std::string_view kCssBlank = " \t\r\n\f";
constexpr std::size_t kMaxParts = 32;  // of one chain: bits of a mask

bool is_name(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(kCssBlank), list.size());
    if (list.substr(0, end) == word && !word.empty()) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool is_last_child(const xmlNode* node) {
  for (node = node->next; node != nullptr; node = node->next)
    if (node->type == XML_ELEMENT_NODE) return false;
  return true;
}

}  // namespace

class SelectorParser {
 public:
  SelectorParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  std::vector<Selector::Chain> parse() {
    std::vector<Selector::Chain> chains(1);
    char combinator = ' ';
    while (true) {
      skip_blank();
      Selector::Compound compound = parse_compound();
      compound.combinator = combinator;
      chains.back().push_back(std::move(compound));
      if (chains.back().size() > kMaxParts) fail("more than 32 parts");
      const bool blank = skip_blank();
      if (at_ == text_.size()) return chains;
      combinator = ' ';
      if (peek() == ',') {
        chains.emplace_back();
        ++at_;
      } else if (peek() == '>' || peek() == '+' || peek() == '~') {
        combinator = text_[at_++];
      } else if (!blank) {
        fail("this is not understood");
      }
    }
  }

 private:
  using Test = Selector::Test;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool skip_blank() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && kCssBlank.find(text_[at_]) != std::string_view::npos) ++at_;
    return at_ > begin;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Kind::kInput, where_ + ": selector \"" + std::string(text_) + "\": " + what + " at character " +
                                  std::to_string(at_ + 1));
  }
  std::string name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    if (begin == at_) fail("a name is missing");
    return std::string(text_.substr(begin, at_ - begin));
  }

  Selector::Compound parse_compound() {
    Selector::Compound compound;
    const std::size_t begin = at_;
    if (!take("*") && is_name(peek())) compound.element = lower_case(name());
    while (true) {
      if (take("."))
        compound.tests.push_back({.kind = Test::Kind::kWord, .name = "class", .value = name()});
      else if (take("#"))
        compound.tests.push_back({.kind = Test::Kind::kEquals, .name = "id", .value = name()});
      else if (take("["))
        compound.tests.push_back(parse_attribute());
      else if (take(":"))
        compound.tests.push_back(parse_pseudo());
      else if (at_ == begin)
        fail("an element, .class, #id or [attribute] is missing");
      else
        return compound;
    }
  }

  Test parse_attribute() {
    Test test;
    skip_blank();
    test.name = lower_case(name());
    skip_blank();
    if (take("]")) return test;
    constexpr std::pair<std::string_view, Test::Kind> kOperators[] = {{"=", Test::Kind::kEquals},
                                                                      {"^=", Test::Kind::kPrefix},
                                                                      {"$=", Test::Kind::kSuffix},
                                                                      {"*=", Test::Kind::kContains},
                                                                      {"~=", Test::Kind::kWord}};
    const auto found = std::ranges::find_if(kOperators, [&](const auto& each) { return take(each.first); });
    if (found == std::end(kOperators)) fail("one of ] = ^= $= *= ~= must stand");
    test.kind = found->second;
    skip_blank();
    if (const char quote = peek(); quote == '"' || quote == '\'') {
      const std::size_t end = text_.find(quote, at_ + 1);
      if (end == std::string_view::npos) fail("the quote is never closed");
      test.value = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else {
      test.value = name();
    }
    skip_blank();
    if (!take("]")) fail("] is missing");
    return test;
  }

  Test parse_pseudo() {
    if (take("first-child")) return {.kind = Test::Kind::kNthChild, .offset = 1};
    if (take("last-child")) return {.kind = Test::Kind::kLastChild};
    Test test{.kind = Test::Kind::kNthChild};
    if (!take("nth-child("))
      fail("of the pseudo-classes only first-child, last-child and nth-child(3 | odd | even) are known");
    skip_blank();
    if (take("odd")) {
      test.step = 2;
      test.offset = 1;
    } else if (take("even")) {
      test.step = 2;
    } else {
      while (peek() >= '0' && peek() <= '9' && test.offset < 1'000'000)
        test.offset = test.offset * 10 + (text_[at_++] - '0');
      if (test.offset == 0) fail("a number, odd or even is missing");
    }
    skip_blank();
    if (!take(")")) fail(") is missing");
    return test;
  }

  const std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

Selector::Selector(std::string_view text, const std::string& where) : chains_(SelectorParser(text, where).parse()) {}

bool Selector::fits(const Test& test, const xmlNode* node, int place) {
  if (test.kind == Test::Kind::kLastChild) return is_last_child(node);
  if (test.kind == Test::Kind::kNthChild)
    return test.step == 0 ? place == test.offset : place % test.step == test.offset;
  const auto value = attribute(node, test.name.c_str());
  if (!value) return false;
  const bool some = !test.value.empty();  // an empty value is part of nothing
  switch (test.kind) {
    case Test::Kind::kEquals:
      return *value == test.value;
    case Test::Kind::kPrefix:
      return some && value->starts_with(test.value);
    case Test::Kind::kSuffix:
      return some && value->ends_with(test.value);
    case Test::Kind::kContains:
      return some && value->find(test.value) != std::string::npos;
    case Test::Kind::kWord:
      return has_word(*value, test.value);
    case Test::Kind::kExists:
    case Test::Kind::kNthChild:
    case Test::Kind::kLastChild:
      return true;
  }
  return false;
}

bool Selector::fits(const Compound& compound, const xmlNode* node, int place) {
  if (!compound.element.empty() && lower_case(reinterpret_cast<const char*>(node->name)) != compound.element)
    return false;
  return std::ranges::all_of(compound.tests, [&](const Test& test) { return fits(test, node, place); });
}

// Bit i of a mask: the first i + 1 parts of a chain match, the last of them this element. One walk in document order,
// in which an element's parent and elder siblings come before it; no backtracking.
std::vector<xmlNode*> Selector::select(xmlNode* top) const {
  struct Masks {
    std::uint32_t own = 0, above = 0;      // above: of it or anything over it
    std::uint32_t before = 0, latest = 0;  // of its children walked so far: any, the last one
    int children = 0;
  };
  const std::vector<xmlNode*> elements = elements_below(top);
  std::vector<bool> chosen(elements.size());
  for (const Chain& chain : chains_) {
    std::unordered_map<const xmlNode*, Masks> masks(elements.size() + 1);
    masks[top];
    for (std::size_t n = 0; n < elements.size(); ++n) {
      Masks& parent = masks[elements[n]->parent];
      const int place = ++parent.children;
      Masks own;
      for (std::size_t i = 0; i < chain.size(); ++i) {
        const char combinator = chain[i].combinator;
        const std::uint32_t reached = combinator == '>'   ? parent.own
                                      : combinator == '+' ? parent.latest
                                      : combinator == '~' ? parent.before
                                                          : parent.above;
        if (i > 0 && (reached >> (i - 1) & 1) == 0) continue;
        if (fits(chain[i], elements[n], place)) own.own |= std::uint32_t{1} << i;
      }
      own.above = own.own | parent.above;
      parent.before |= own.own;
      parent.latest = own.own;
      masks[elements[n]] = own;
      if (own.own >> (chain.size() - 1) & 1) chosen[n] = true;
    }
  }
  std::vector<xmlNode*> found;
  for (std::size_t n = 0; n < elements.size(); ++n)
    if (chosen[n]) found.push_back(elements[n]);
  return found;
}

}  // namespace ootd
