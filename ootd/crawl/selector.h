// Inside this folder: CSS selectors, those of them that pages of photos need (Selectors Level 4):
//   li  *  .card  #list  [data-src]  [a=v]  [a^=v]  [a$=v]  [a*=v]  [a~=v]  li.card[data-id]   one element
//   :first-child  :last-child  :nth-child(3)  :nth-child(odd)  :nth-child(even)
//   ul li (below)   ul > li (child)   h2 + ul (next)   h2 ~ ul (after)   a, b (either)
// Names of elements and attributes are compared without case, the rest with it. All are relative to the element that is
// searched: what is above it takes no part.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ootd/crawl/dom.h"

namespace ootd {

class Selector {
 public:
  // Throws Error(kInput) naming `where` and the place of the mistake.
  Selector(std::string_view text, const std::string& where);

  // The elements below `top` that match, in document order. Cost: elements x parts of the selector.
  std::vector<xmlNode*> select(xmlNode* top) const;

 private:
  struct Test {
    enum class Kind {
      kExists,
      kEquals,
      kPrefix,
      kSuffix,
      kContains,
      kWord,
      kNthChild,
      kLastChild
    } kind = Kind::kExists;
    std::string name = {}, value = {};  // of the attribute
    int step = 0, offset = 0;           // nth-child(step n + offset)
  };
  struct Compound {
    char combinator = ' ';  // between this and the one before it
    std::string element;    // empty: any
    std::vector<Test> tests;
  };
  using Chain = std::vector<Compound>;  // "ul > li a"

  friend class SelectorParser;
  // place: among its siblings, from 1.
  static bool fits(const Compound& compound, const xmlNode* node, int place);
  static bool fits(const Test& test, const xmlNode* node, int place);

  std::vector<Chain> chains_;
};

}  // namespace ootd
