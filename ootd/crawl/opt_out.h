// What a site's owner says about the use of a page or a picture, beyond robots.txt: the X-Robots-Tag header and
// <meta name="robots">. (noai and noimageai: DeviantArt 2022, since taken up by others.)
#pragma once

#include <string>
#include <string_view>

namespace ootd {

// The name that this program goes by in robots.txt, in headers and in meta tags.
inline constexpr char kCrawlerName[] = "ootd";

struct OptOuts {
  bool noindex = false;    // "none" says it too
  bool noai = false;       // no content of this for training
  bool noimageai = false;  // no picture of this for training

  bool any() const { return noindex || noai || noimageai; }
  OptOuts& operator|=(const OptOuts& other);
  friend bool operator==(const OptOuts&, const OptOuts&) = default;
};

std::string to_string(const OptOuts& opt_outs);  // "noindex, noai"; empty: none

// One X-Robots-Tag header's value; several headers are joined by |=. A value may be for one crawler only
// ("otherbot: noindex"): that counts if `product` is that crawler's name. product: "ootd".
OptOuts parse_robots_tag(std::string_view value, std::string_view product);

// Of a page's <meta name="robots"> and <meta name="PRODUCT">. Never throws: what is no HTML says nothing.
OptOuts opt_outs_of_html(std::string_view html, std::string_view product);

}  // namespace ootd
