#include "ootd/base/error.h"
#include "ootd/base/unicode.h"
#include "ootd/catalog/filter_nodes.h"

namespace ootd {

Filter::Node node_of(const Json& json, const std::string& where, std::size_t& terms) {
  const auto fail = [&](const std::string& what) { throw Error(Kind::kInput, where + ": " + what); };
  if (!json.is_object())
    fail("must be an object: {\"key\": .., \"=\": ..}, {\"and\": [..]}, {\"or\": [..]} or {\"not\": ..}");
  const auto only = [&](const char* name) {
    if (json.size() != 1) fail(std::string("\"") + name + "\" stands alone in its object");
    return json.at(name);
  };
  if (json.contains("not")) return negated(node_of(only("not"), where + ".not", terms));
  for (const char* name : {"and", "or"}) {
    if (!json.contains(name)) continue;
    const Json list = only(name);
    if (!list.is_array() || list.empty()) fail(std::string("\"") + name + "\" must be a list of filters");
    std::vector<Filter::Node> children;
    for (std::size_t i = 0; i < list.size(); ++i)
      children.push_back(node_of(list[i], where + "." + name + "[" + std::to_string(i) + "]", terms));
    return joined(name == std::string_view("and") ? Filter::Node::Kind::kAnd : Filter::Node::Kind::kOr,
                  std::move(children));
  }
  const auto text_of = [&](const Json& value) {
    if (++terms > kMaxFilterTerms)
      fail("more than " + std::to_string(kMaxFilterTerms) + " values are compared; ask for fewer at a time");
    if (!value.is_string() && !value.is_number()) fail("a value must be a text or a number");
    return label_text(value.is_string() ? value.get<std::string>() : dump_json(value));
  };
  if (json.size() != 2 || !json.contains("key") || !json.at("key").is_string())
    fail("must have a \"key\" and one of = != < <= > >= in");
  Filter::Node node;
  node.key = label_text(json.at("key").get<std::string>());
  for (const auto& [sign, value] : json.items()) {
    if (sign == "key") continue;
    if (sign == "in") {
      if (!value.is_array() || value.empty()) fail("\"in\" must be a list of values");
      for (const Json& one : value) node.values.push_back(text_of(one));
      sort_unique(node.values);
    } else if (sign == "=" || sign == "!=") {
      node.values = {text_of(value)};
      if (sign == "!=") return negated(std::move(node));
    } else if (sign == "<" || sign == "<=" || sign == ">" || sign == ">=") {
      node.kind = Filter::Node::Kind::kCompare;
      node.relation = sign;
      node.values = {text_of(value)};
      if (!is_bound(node.values.front()))
        fail("\"" + node.values.front() + "\" is neither a number nor a date such as 2026-11-30");
      if (node.key == Filter::kIdKey) fail("ids have no order");
    } else {
      fail("\"" + sign + "\" is unknown: = != < <= > >= in");
    }
  }
  return node;
}

}  // namespace ootd
