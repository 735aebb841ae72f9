// Inside this folder: what the two forms of a filter, text and JSON, make their trees of.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/catalog/filter.h"

namespace ootd {

// Whether a key may be compared with it: a number or a date.
bool is_bound(std::string_view text);
// The tree of a JSON object. where: "filter.and[1]", for errors; parse_json() limits its depth. terms: so many values
// are compared so far.
Filter::Node node_of(const Json& json, const std::string& where, std::size_t& terms);

inline void sort_unique(std::vector<std::string>& values) {
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
}

inline Filter::Node negated(Filter::Node node) {
  Filter::Node result;
  result.kind = Filter::Node::Kind::kNot;
  result.children.push_back(std::move(node));
  return result;
}

// style = A or style = B is style in (A, B), so that what is alike is asked once.
inline Filter::Node joined(Filter::Node::Kind kind, std::vector<Filter::Node> children) {
  if (kind == Filter::Node::Kind::kOr) {
    std::vector<Filter::Node> distinct;
    for (Filter::Node& child : children) {
      const auto same = std::ranges::find_if(distinct, [&](const Filter::Node& other) {
        return child.kind == Filter::Node::Kind::kIn && other.kind == Filter::Node::Kind::kIn && other.key == child.key;
      });
      if (same == distinct.end()) {
        distinct.push_back(std::move(child));
      } else {
        same->values.insert(same->values.end(), child.values.begin(), child.values.end());
        sort_unique(same->values);
      }
    }
    children = std::move(distinct);
  }
  if (children.size() == 1) return std::move(children.front());
  Filter::Node node;
  node.kind = kind;
  node.children = std::move(children);
  return node;
}

}  // namespace ootd
