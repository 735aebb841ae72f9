#include "ootd/crawl/places.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/crawl/json_path.h"
#include "ootd/crawl/selector.h"
#include "ootd/crawl/url_text.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

constexpr std::string_view kOr = "||";

constexpr std::string_view kPersonal[] = {"age",       "birthday",  "email",  "gender",   "handle", "height",
                                          "height_cm", "instagram", "name",   "nickname", "phone",  "sex",
                                          "user",      "username",  "weight", "weight_kg"};

struct HtmlPlace {
  std::string selector, attribute;  // empty: the item itself; its text
};

HtmlPlace split_html(std::string_view place) {
  // An @ in a selector can only stand in the quotes of an attribute's value.
  const std::size_t at = place.rfind('@');
  if (at == std::string_view::npos || place.find(']', at) != std::string_view::npos) return {tidy_text(place), ""};
  return {tidy_text(place.substr(0, at)), tidy_text(place.substr(at + 1))};
}

std::string value_of(const xmlNode* node, const std::string& name) {
  if (name.empty()) return text_of(node);
  const std::string value = tidy_text(attribute(node, name.c_str()).value_or(""));
  return name.ends_with("srcset") ? largest_of_srcset(value) : value;
}

}  // namespace

std::vector<std::string> first_of(std::string_view place,
                                  const std::function<std::vector<std::string>(std::string_view)>& find) {
  while (true) {
    const std::size_t end = place.find(kOr);
    auto values = find(place.substr(0, end));
    if (!values.empty() || end == std::string_view::npos) return values;
    place.remove_prefix(end + kOr.size());
  }
}

bool is_personal(std::string_view key) { return std::ranges::find(kPersonal, lower_case(key)) != std::end(kPersonal); }

void check_place(ListingKind kind, std::string_view place, const std::string& where) {
  if (place.empty()) throw Error(Kind::kInput, where + " must say where in an item it stands");
  first_of(place, [&](std::string_view each) -> std::vector<std::string> {
    if (kind == ListingKind::kJson) JsonPath(tidy_text(each), where);
    if (kind == ListingKind::kHtml)
      if (const auto html = split_html(each); !html.selector.empty()) Selector(html.selector, where);
    return {};
  });
}

std::vector<std::string> values_at(const Json& item, std::string_view place) {
  return first_of(place, [&](std::string_view each) {
    std::vector<std::string> values;
    for (const Json* found : JsonPath(tidy_text(each), "recipe").find(item)) {
      std::string text = found->is_string()                          ? tidy_text(found->get_ref<const std::string&>())
                         : found->is_number() || found->is_boolean() ? dump_json(*found)
                                                                     : "";
      if (!text.empty()) values.push_back(std::move(text));
    }
    return values;
  });
}

std::vector<std::string> values_at(xmlNode* item, std::string_view place) {
  return first_of(place, [&](std::string_view each) {
    const HtmlPlace html = split_html(each);
    std::vector<std::string> values;
    const auto take = [&](const xmlNode* node) {
      if (std::string text = value_of(node, html.attribute); !text.empty()) values.push_back(std::move(text));
    };
    if (html.selector.empty())
      take(item);
    else
      for (xmlNode* node : Selector(html.selector, "recipe").select(item)) take(node);
    return values;
  });
}

}  // namespace ootd
