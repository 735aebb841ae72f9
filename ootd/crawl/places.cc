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

bool is_element(const xmlNode* node, const char* name) {
  return node != nullptr && node->type == XML_ELEMENT_NODE &&
         lower_case(reinterpret_cast<const char*>(node->name)) == name;
}

const xmlNode* next_element(const xmlNode* node, bool forward) {
  do node = forward ? node->next : node->prev;
  while (node != nullptr && node->type != XML_ELEMENT_NODE);
  return node;
}

const xmlNode* child_image(const xmlNode* parent) {
  for (xmlNode* node : elements_below(const_cast<xmlNode*>(parent)))
    if (is_element(node, "img")) return node;
  return nullptr;
}

// The first of these attributes that says where a picture is. Pages that load pictures late (by scripts that we do not
// run) name the real one in data- attributes, and a placeholder in the usual ones.
std::string address_in(const xmlNode* node, std::initializer_list<const char*> names) {
  for (const std::string name : names) {
    std::string value = attribute(node, name.c_str()).value_or("");
    if (name.ends_with("srcset")) value = largest_of_srcset(value);
    if (!trimmed(value).empty() && !is_data_url(value)) return value;
  }
  return "";
}

// What an <img> belongs to. To libxml2 2.9 a <source> holds what comes after it.
const xmlNode* picture_around(const xmlNode* img) {
  const xmlNode* above = img->parent;
  while (is_element(above, "source")) above = above->parent;
  return is_element(above, "picture") ? above : nullptr;
}

// One picture, in several sizes, formats and ways of loading.
std::string image_of(const xmlNode* node) {
  const xmlNode* picture = is_element(node, "picture") ? node : picture_around(node);
  const xmlNode* img = is_element(node, "img") ? node : child_image(node);
  const auto source = [&](bool common) {
    if (picture == nullptr) return std::string();
    for (const xmlNode* each : elements_below(const_cast<xmlNode*>(picture))) {
      const std::string type = lower_case(attribute(each, "type").value_or(""));
      const bool is_common = type.empty() || type.find("jp") != std::string::npos ||
                             type.find("png") != std::string::npos || type.find("webp") != std::string::npos;
      if (!is_element(each, "source") || is_common != common) continue;
      if (std::string found = address_in(each, {"data-srcset", "data-lazy-srcset", "srcset"}); !found.empty())
        return found;
    }
    return std::string();
  };
  if (std::string found = source(true); !found.empty()) return found;
  if (img == nullptr) return source(false);
  const xmlNode* outer = picture == nullptr ? img : picture;
  // What stands in a <noscript> beside a picture is this picture once more, for browsers without scripts.
  if (is_element(outer->parent, "noscript"))
    if (const xmlNode* twin = next_element(outer->parent, false);
        is_element(twin, "img") || is_element(twin, "picture"))
      return "";
  if (std::string found =
          address_in(img, {"data-srcset", "data-lazy-srcset", "srcset", "data-src", "data-lazy-src", "data-original"});
      !found.empty())
    return found;
  if (const xmlNode* noscript = next_element(outer, true); is_element(noscript, "noscript"))
    if (const xmlNode* twin = child_image(noscript))
      if (std::string found = address_in(twin, {"srcset", "src"}); !found.empty()) return found;
  std::string found = address_in(img, {"src"});
  return found.empty() ? source(false) : found;
}

std::string value_of(const xmlNode* node, const std::string& name) {
  if (name.empty()) return text_of(node);
  const bool shows = is_element(node, "img") || is_element(node, "picture");
  if (shows && name == "image" && !attribute(node, "image")) return image_of(node);
  const std::string value = attribute(node, name.c_str()).value_or("");
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
      std::string text = found->is_string()                          ? found->get_ref<const std::string&>()
                         : found->is_number() || found->is_boolean() ? dump_json(*found)
                                                                     : "";
      if (!trimmed(text).empty()) values.push_back(std::move(text));
    }
    return values;
  });
}

std::vector<std::string> values_at(xmlNode* item, std::string_view place) {
  return first_of(place, [&](std::string_view each) {
    const HtmlPlace html = split_html(each);
    std::vector<std::string> values;
    const auto take = [&](const xmlNode* node) {
      if (std::string text = value_of(node, html.attribute); !trimmed(text).empty()) values.push_back(std::move(text));
    };
    if (html.selector.empty())
      take(item);
    else
      for (xmlNode* node : Selector(html.selector, "recipe").select(item)) take(node);
    return values;
  });
}

}  // namespace ootd
