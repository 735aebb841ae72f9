#include "ootd/crawl/dom.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include <climits>

#include "ootd/base/error.h"
#include "ootd/crawl/url_text.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

const char* chars(const xmlChar* text) { return reinterpret_cast<const char*>(text); }
const xmlChar* xml_chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

int size_of(std::string_view bytes) {
  if (bytes.size() > INT_MAX) throw Error(Kind::kInternal, "a page of more than 2 GiB");
  return static_cast<int>(bytes.size());
}

bool is_utf8(std::string_view bytes) {
  // libxml2's own check ends at a zero byte, which no text holds.
  return bytes.find('\0') == std::string_view::npos && xmlCheckUTF8(xml_chars(std::string(bytes).c_str())) == 1;
}

std::string charset_of(std::string_view content_type) {
  const std::string type = lower_case(content_type);
  const std::size_t at = type.find("charset=");
  if (at == std::string::npos) return "";
  const std::size_t begin = type.find_first_not_of("\"' ", at + 8);
  if (begin == std::string::npos) return "";
  return type.substr(begin, type.find_first_of("\"'; ", begin) - begin);
}

std::string owned(xmlChar* text) {
  std::string copy = text == nullptr ? "" : chars(text);
  xmlFree(text);
  return copy;
}

}  // namespace

Dom Dom::html(std::string_view bytes, std::string_view content_type) {
  xmlInitParser();
  const std::string charset = is_utf8(bytes) ? "utf-8" : charset_of(content_type);
  constexpr int kOptions =
      HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_COMPACT;
  return Dom(
      htmlReadMemory(bytes.data(), size_of(bytes), nullptr, charset.empty() ? nullptr : charset.c_str(), kOptions));
}

Dom Dom::xml(std::string_view bytes, const std::string& where) {
  xmlInitParser();
  const std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> context(xmlNewParserCtxt(), xmlFreeParserCtxt);
  constexpr int kOptions = XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET |
                           XML_PARSE_NOCDATA | XML_PARSE_COMPACT;
  Dom dom(xmlCtxtReadMemory(context.get(), bytes.data(), size_of(bytes), nullptr, nullptr, kOptions));
  std::string reason;
  if (const xmlError* error = xmlCtxtGetLastError(context.get()); error != nullptr && error->message != nullptr)
    reason = "line " + std::to_string(error->line) + ": " + tidy_text(error->message);
  if (dom.root() == nullptr) throw Error(Kind::kInput, where + ": not XML: " + (reason.empty() ? "empty" : reason));
  // A text of entities in entities can be made to grow without end.
  if (dom.document_->intSubset != nullptr && dom.document_->intSubset->entities != nullptr)
    throw Error(Kind::kInput, where + ": it defines entities in a DTD, which no list of photos needs");
  if (context->wellFormed == 0) dom.problem_ = where + ": damaged XML, read as far as it goes: " + reason;
  return dom;
}

xmlNode* Dom::root() const { return document_ == nullptr ? nullptr : xmlDocGetRootElement(document_.get()); }

std::optional<std::string> attribute(const xmlNode* node, const char* name) {
  if (xmlHasProp(node, xml_chars(name)) == nullptr) return std::nullopt;
  return owned(xmlGetProp(node, xml_chars(name)));
}

std::string text_of(const xmlNode* node) { return tidy_text(owned(xmlNodeGetContent(node))); }

std::string qualified_name(const xmlNode* node) {
  const bool prefixed = node->ns != nullptr && node->ns->prefix != nullptr;
  return lower_case((prefixed ? std::string(chars(node->ns->prefix)) + ":" : "") + chars(node->name));
}

std::vector<xmlNode*> elements_below(xmlNode* top) {
  std::vector<xmlNode*> found;
  xmlNode* node = top == nullptr ? nullptr : top->children;
  while (node != nullptr) {
    if (node->type == XML_ELEMENT_NODE) found.push_back(node);
    if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
      node = node->children;
      continue;
    }
    while (node != top && node->next == nullptr) node = node->parent;
    node = node == top ? nullptr : node->next;
  }
  return found;
}

}  // namespace ootd
