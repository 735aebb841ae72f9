#include "ootd/crawl/json_path.h"

#include <charconv>

#include "ootd/base/error.h"

namespace ootd {

JsonPath::JsonPath(std::string_view text, const std::string& where) : text_(text) {
  const auto fail = [&](std::size_t at, const char* what) {
    throw Error(Kind::kInput, where + ": \"" + text_ + "\": " + what + " at character " + std::to_string(at + 1));
  };
  if (!text.starts_with('$')) fail(0, "a path begins with $");
  for (std::size_t at = 1; at < text.size();) {
    Step step;
    if (text[at] == '.') {
      const std::size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      step.name = text.substr(at + 1, end - at - 1);
      if (step.name.empty()) fail(at, "a name is missing");
      if (step.name != "*") step.kind = Step::Kind::kName;
      at = end;
    } else if (text[at] == '[') {
      const char quote = at + 1 < text.size() ? text[at + 1] : '\0';
      const bool quoted = quote == '"' || quote == '\'';
      const std::size_t begin = at + (quoted ? 2 : 1);
      const std::size_t end = quoted ? text.find(quote, begin) : text.find(']', begin);
      if (end == std::string_view::npos) fail(at, "the bracket is never closed");
      step.name = text.substr(begin, end - begin);
      if (quoted) {
        if (end + 1 >= text.size() || text[end + 1] != ']') fail(end, "] is missing");
        step.kind = Step::Kind::kName;
      } else if (step.name != "*") {
        step.kind = Step::Kind::kIndex;
        const char* last = step.name.data() + step.name.size();
        const auto [stop, error] = std::from_chars(step.name.data(), last, step.index);
        if (error != std::errc() || stop != last) fail(begin, "a number, * or a name in quotes must stand in brackets");
      }
      at = end + (quoted ? 2 : 1);
    } else {
      fail(at, "\".\" or \"[\" must stand");
    }
    step.end = at;
    steps_.push_back(std::move(step));
  }
}

const Json* JsonPath::child(const Json& value, const Step& step) {
  if (step.kind == Step::Kind::kName) {
    const auto found = value.is_object() ? value.find(step.name) : value.end();
    return found == value.end() ? nullptr : &*found;
  }
  if (!value.is_array()) return nullptr;
  const long size = static_cast<long>(value.size()), index = step.index < 0 ? step.index + size : step.index;
  return index < 0 || index >= size ? nullptr : &value[static_cast<std::size_t>(index)];
}

std::vector<const Json*> JsonPath::find(const Json& root) const {
  std::vector<const Json*> found = {&root}, next;
  for (const Step& step : steps_) {
    next.clear();
    for (const Json* value : found) {
      if (step.kind == Step::Kind::kAll) {
        if (value->is_structured())
          for (const Json& each : *value) next.push_back(&each);
      } else if (const Json* each = child(*value, step)) {
        next.push_back(each);
      }
    }
    found.swap(next);
  }
  return found;
}

std::string JsonPath::broken_at(const Json& root) const {
  constexpr std::size_t kNames = 12;
  const Json* value = &root;
  std::size_t end = 1;
  for (const Step& step : steps_) {
    const std::string here = text_.substr(0, end);
    if (step.kind == Step::Kind::kAll) {
      if (!value->is_structured()) return here + " is no list but: " + value->type_name();
      if (value->empty()) return "";
      value = &value->front();
    } else if (const Json* next = child(*value, step)) {
      value = next;
    } else if (!value->is_object()) {
      return here + " (" + value->type_name() + (value->is_array() ? " of " + std::to_string(value->size()) : "") +
             ")" + " has no " + text_.substr(end, step.end - end);
    } else {
      std::string names;
      std::size_t n = 0;
      for (const auto& [name, each] : value->items())
        if (++n <= kNames) names += (names.empty() ? "" : ", ") + name;
      return here + " has no \"" + step.name + "\"; it has: " + (n == 0 ? "nothing" : names) +
             (n > kNames ? " ..." : "");
    }
    end = step.end;
  }
  return "";
}

}  // namespace ootd
