// libFuzzer target: what a crawled site sends. By the first byte the rest is a robots.txt (R), a JSON path (P), a CSS
// selector and a page with a zero byte between (S), an X-Robots-Tag (X), or an answer to be read as JSON (J), HTML (H),
// sitemap (M), feed (F) or table (C, L). Anything gives an answer or an Error(kInput); what is listed is an http(s)
// url.
//   scripts/fuzz 60 crawl_fuzz
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/crawl/json_path.h"
#include "ootd/crawl/listing.h"
#include "ootd/crawl/robots.h"
#include "ootd/crawl/selector.h"

namespace {

void read_robots(std::string_view text) {
  const auto robots = ootd::Robots::parse(text);
  if (!robots.allowed("ootd", "/robots.txt")) std::abort();
  // What stands in the file is a path, too.
  for (std::string_view path : {std::string_view("/"), std::string_view("/a/b.jpg?c=d"), text.substr(text.size() / 2)})
    robots.allowed("ootd", path);
  robots.crawl_delay("ootd");
}

void select(std::string_view text) {
  const auto end = text.find('\0');
  const ootd::Selector selector(text.substr(0, end), "fuzz");
  const auto dom = ootd::Dom::html(end == std::string_view::npos ? "<p><b class=a id=b>c" : text.substr(end + 1), "");
  selector.select(dom.root());
}

const ootd::Recipe& recipe_of(char kind) {
  static const auto make = [](const std::string& start, const std::string& more) {
    return ootd::parse_recipe("name='f'\nstart=['" + start + "']\n" + more, "fuzz");
  };
  static const std::string places = "[page]\nfrom='link || loc'\n[labels]\na='category || @b'\n";
  static const ootd::Recipe json = make("https://a.example/{offset}",
                                        "kind='json'\n[paging]\nkind='offset'\n[items]\nat='$.l[*]'\nid='$.i'\n"
                                        "[image]\nfrom='$.s[*]'\n[labels]\nt='$.t[*] || $.u'\n");
  static const ootd::Recipe html =
      make("https://a.example/",
           "kind='html'\n[paging]\nkind='next'\nnext='a[rel=next] @href'\n[items]\nat='li, div > p'\n"
           "[image]\nfrom='img @srcset || img @src || @src'\n[labels]\nt='b ~ i:nth-child(even)'\n");
  static const ootd::Recipe sitemap = make("https://a.example/", "kind='sitemap'\n" + places);
  static const ootd::Recipe feed = make("https://a.example/", "kind='feed'\n" + places);
  static const ootd::Recipe csv = make("a.csv", "kind='table'\n[labels]\n'*'='*'\nstyle='style'\n");
  static const ootd::Recipe lines = make("a.jsonl", "kind='table'\n[labels]\n'*'='*'\n");
  switch (kind) {
    case 'J':
      return json;
    case 'H':
      return html;
    case 'M':
      return sitemap;
    case 'F':
      return feed;
    case 'C':
      return csv;
    default:
      return lines;
  }
}

void read_listing(char kind, std::string_view body) {
  const ootd::Recipe& recipe = recipe_of(kind);
  const auto request = ootd::first_requests(recipe).front();
  const auto page = ootd::parse_listing(recipe, request, {request.url, "", body});
  for (const auto& item : page.items)
    if (!item.image_url.starts_with("http://") && !item.image_url.starts_with("https://")) std::abort();
  for (const auto& next : page.next) ootd::listing_request_from_json(ootd::to_json(next), "fuzz");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  try {
    switch (bytes[0]) {
      case 'R':
        read_robots(rest);
        break;
      case 'P':
        ootd::JsonPath(rest, "fuzz").find(ootd::parse_json(R"({"a": [1, {"b": null}], "c": {}})", "fuzz"));
        break;
      case 'S':
        select(rest);
        break;
      case 'X':
        ootd::parse_robots_tag(rest, "ootd");
        break;
      default:
        read_listing(static_cast<char>(bytes[0]), rest);
    }
  } catch (const ootd::Error& error) {
    if (error.kind() != ootd::Kind::kInput) std::abort();
  }
  return 0;
}
