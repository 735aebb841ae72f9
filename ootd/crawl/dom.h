// Inside this folder: HTML and XML as a tree, by libxml2, whose only home this is.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ootd {

// Nothing is fetched, no entity of a DTD is expanded, and nesting is bounded (libxml2's 256), so a hostile page costs
// little more than its size.
class Dom {
 public:
  // Any bytes make a tree, if maybe an empty one. charset: of the Content-Type header, or empty; bytes that are UTF-8
  // are read as such whatever the page says.
  static Dom html(std::string_view bytes, std::string_view content_type);
  // Throws Error(kInput), naming where, for what is no XML at all; slips are passed over, `problem` says the first one.
  static Dom xml(std::string_view bytes, const std::string& where);

  xmlNode* root() const;  // null: empty
  const std::string& problem() const { return problem_; }

 private:
  explicit Dom(xmlDoc* document) : document_(document, xmlFreeDoc) {}

  std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document_;
  std::string problem_;
};

std::optional<std::string> attribute(const xmlNode* node, const char* name);
std::string text_of(const xmlNode* node);  // of all below it, tidy

// The element's name as XML writes it: "media:content", "link". Small letters.
std::string qualified_name(const xmlNode* node);

// All elements below `top`, not itself, in document order.
std::vector<xmlNode*> elements_below(xmlNode* top);

}  // namespace ootd
