#include "ootd/crawl/opt_out.h"

#include <algorithm>

#include "ootd/crawl/places.h"
#include "ootd/crawl/url_text.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

void add_word(OptOuts& opt_outs, const std::string& word) {
  if (word == "noindex" || word == "none") opt_outs.noindex = true;
  if (word == "noai") opt_outs.noai = true;
  if (word == "noimageai") opt_outs.noimageai = true;
}

}  // namespace

OptOuts& OptOuts::operator|=(const OptOuts& other) {
  noindex |= other.noindex;
  noai |= other.noai;
  noimageai |= other.noimageai;
  return *this;
}

std::string to_string(const OptOuts& opt_outs) {
  std::string text;
  for (const auto& [set, word] : {std::pair(opt_outs.noindex, "noindex"), std::pair(opt_outs.noai, "noai"),
                                  std::pair(opt_outs.noimageai, "noimageai")})
    if (set) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

OptOuts parse_robots_tag(std::string_view value, std::string_view product) {
  // Directives that have a value of their own; any other word before a colon is a crawler's name, and what follows is
  // for that crawler up to the next name. A name holds no blank: "Fri, 25 Jun 2030 15:00:00 GMT" is the rest of a date.
  constexpr std::string_view kWithValue[] = {"unavailable_after", "max-snippet", "max-image-preview",
                                             "max-video-preview"};
  OptOuts opt_outs;
  bool ours = true;
  while (true) {
    const std::size_t end = value.find(',');
    std::string word = lower_case(tidy_text(value.substr(0, end)));
    if (const std::size_t colon = word.find(':'); colon != std::string::npos) {
      const std::string name = tidy_text(word.substr(0, colon));
      if (std::ranges::find(kWithValue, name) == std::end(kWithValue) && name.find(' ') == std::string::npos) {
        ours = name == lower_case(product) || name == "robots" || name == "*";
        word = tidy_text(word.substr(colon + 1));
      }
    }
    if (ours) add_word(opt_outs, word);
    if (end == std::string_view::npos) return opt_outs;
    value.remove_prefix(end + 1);
  }
}

OptOuts opt_outs_of_html(std::string_view html, std::string_view product) {
  return opt_outs_of(Dom::html(html, ""), product);
}

OptOuts opt_outs_of(const Dom& dom, std::string_view product) {
  OptOuts opt_outs;
  for (const xmlNode* node : elements_below(dom.root())) {
    if (qualified_name(node) != "meta") continue;
    const std::string name = lower_case(tidy_text(attribute(node, "name").value_or("")));
    if (name == "robots" || name == lower_case(product))
      opt_outs |= parse_robots_tag(attribute(node, "content").value_or(""), product);
  }
  return opt_outs;
}

}  // namespace ootd
