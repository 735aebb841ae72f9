// Inside this folder: paths into JSON, a small part of JSONPath (RFC 9535):
//   $            the value itself          $.data.list    members, by name
//   $["a.b"]     a name of any characters  $.list[0]      elements, from 0; [-1] is the last
//   $.list[*]    every element             $.*            every member's value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/json.h"

namespace ootd {

class JsonPath {
 public:
  // Throws Error(kInput) naming `where` and the place of the mistake.
  JsonPath(std::string_view text, const std::string& where);

  // What is there, in document order; pointers into root. A path that leads nowhere gives nothing.
  std::vector<const Json*> find(const Json& root) const;

  // Why find() gives nothing, for people: "$.data has no \"list\"; it has: total, items". Empty if the path leads to a
  // value, or to a list or object that is empty.
  std::string broken_at(const Json& root) const;

 private:
  struct Step {
    enum class Kind { kName, kIndex, kAll } kind = Kind::kAll;
    std::string name;
    long index = 0;
    std::size_t end = 0;  // of the step, in the text
  };
  static const Json* child(const Json& value, const Step& step);

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace ootd
