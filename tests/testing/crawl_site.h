// A platform of outfit photos on several loopback hosts: an API that lists looks by style and page, as Musinsa's does,
// and image hosts on 127.0.0.2, 127.0.0.3 ... Photos misbehave as told; the servers' logs are the judge. Tests only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/crawl/recipe.h"
#include "ootd/image/encode.h"
#include "tests/testing/loopback_server.h"

namespace ootd::testing {

inline constexpr const char* kSiteStyles[] = {"Casual",   "Chic",    "Cityboy", "Classic", "Girlish",
                                              "Gorpcore", "Minimal", "Preppy",  "Retro",   "Romantic",
                                              "Sporty",   "Street",  "Workwear"};

// Noise in large squares: no two look alike, and a cut file lacks pixels.
inline std::string noise_photo(std::uint64_t seed, int width = 48, int height = 64, int square = 8) {
  Random random(seed + 1);
  Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3)};
  for (int y = 0; y < height; y += square)
    for (int x = 0; x < width; x += square)
      for (int c = 0; c < 3; ++c) {
        const auto level = static_cast<std::uint8_t>(random.below(256));
        for (int dy = 0; dy < square && y + dy < height; ++dy)
          for (int dx = 0; dx < square && x + dx < width; ++dx) image.row(y + dy)[3 * (x + dx) + c] = level;
      }
  const auto bytes = encode_jpeg(image);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class CrawlSite {
 public:
  // looks: look i has style i % 13, and every tenth one the next style too.
  explicit CrawlSite(int looks, int image_hosts = 3, int page_size = 20) : looks_(looks), page_size_(page_size) {
    for (int host = 0; host < image_hosts; ++host)
      images_.push_back(std::make_unique<LoopbackServer>(
          [this, host](const Seen& seen) { return on_image(host, seen); }, "127.0.0." + std::to_string(host + 2)));
    api_ = std::make_unique<LoopbackServer>([this](const Seen& seen) { return on_api(seen); });
  }

  // Set before the first request.
  std::function<std::string(int look)> photo = [](int look) { return noise_photo(static_cast<std::uint64_t>(look)); };
  // What is special about a look: the reply to its nth request, counted from 0.
  std::map<int, std::function<Reply(Reply usual, int nth)>> special;
  std::chrono::milliseconds delay = {};  // before each photo: a line that is far away
  std::string robots = "User-agent: *\nDisallow: /never/\n";
  int robots_status = 200;
  std::map<int, std::string> path_of_look;  // instead of /snap_card_N.jpg

  int looks() const { return looks_; }
  static std::vector<std::string> styles_of(int look) {
    std::vector<std::string> styles = {kSiteStyles[look % 13]};
    if (look % 10 == 0) styles.emplace_back(kSiteStyles[(look + 1) % 13]);
    return styles;
  }
  int host_of(int look) const { return look % static_cast<int>(images_.size()); }
  std::string path(int look) const {
    const auto found = path_of_look.find(look);
    return found == path_of_look.end() ? "/snap_card_" + std::to_string(look) + ".jpg" : found->second;
  }
  std::string url(int look) const { return images_[static_cast<std::size_t>(host_of(look))]->url(path(look)); }
  LoopbackServer& api() { return *api_; }
  LoopbackServer& image_host(int host) { return *images_[static_cast<std::size_t>(host)]; }
  std::vector<Seen> requests_of(int look) { return image_host(host_of(look)).log(path(look)); }

  std::string recipe_toml(const std::string& politeness = "requests_per_second = 1000\nconnections = 8\n") const {
    std::string styles;
    for (const char* style : kSiteStyles) styles += (styles.empty() ? "\"" : ", \"") + std::string(style) + "\"";
    return "name = \"site\"\nversion = 1\nabout = \"a test\"\npermission = \"ours\"\nkind = \"json\"\nstart = [\"" +
           api_->url("/api2/content/snap/v1/snaps?page={page}&pageSize=") + std::to_string(page_size_) +
           "&sort=LATEST&styles={style}\"]\n[matrix]\nstyle = [" + styles +
           "]\n[paging]\nkind = \"page\"\n[items]\nat = \"$.data.list[*]\"\nid = \"$.id\"\n[image]\n"
           "from = \"$.medias[*].path\"\n[labels]\ndate = \"$.createdAt\"\n[constants]\nstyle = "
           "\"{style}\"\n[politeness]\n" +
           politeness;
  }
  Recipe recipe() const { return parse_recipe(recipe_toml(), "site.toml"); }

 private:
  static std::string parameter(const std::string& target, const std::string& name) {
    const auto at = target.find(name + "=");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 1;
    return target.substr(begin, target.find('&', begin) - begin);
  }

  std::optional<int> look_at(const std::string& target) const {
    for (const auto& [look, path] : path_of_look)
      if (path == target) return look;
    const int look = std::atoi(target.substr(std::min(target.size(), std::string("/snap_card_").size())).c_str());
    return look < looks_ && path(look) == target ? std::optional(look) : std::nullopt;
  }

  Reply on_api(const Seen& seen) const {
    if (seen.target == "/robots.txt") return {robots_status, {{"Content-Type", "text/plain"}}, robots, {}, {}, {}};
    const std::string style = parameter(seen.target, "styles");
    const int skip = (std::stoi(parameter(seen.target, "page")) - 1) * page_size_;
    Json list = Json::array();
    int at = 0;
    for (int look = 0; look < looks_; ++look)
      for (const auto& one : styles_of(look))
        if (one == style && at++ >= skip && static_cast<int>(list.size()) < page_size_)
          list.push_back({{"id", look}, {"createdAt", "2026-01-02"}, {"medias", {{{"path", url(look)}}}}});
    return {200, {{"Content-Type", "application/json"}}, Json{{"data", {{"list", list}}}}.dump(), {}, {}, {}};
  }

  Reply on_image(int host, const Seen& seen) {
    if (seen.target == "/robots.txt") return {robots_status, {{"Content-Type", "text/plain"}}, robots, {}, {}, {}};
    if (const auto look = look_at(seen.target); look && host_of(*look) == host) {
      const std::string etag = "\"v" + std::to_string(*look) + "\"";
      Reply reply{200, {{"Content-Type", "image/jpeg"}, {"ETag", etag}}, photo(*look), {}, {}, {}};
      reply.delay = delay;
      if (seen.header("if-none-match") == etag) reply = {304, {{"ETag", etag}}, "", {}, {}, {}};
      const auto found = special.find(*look);
      return found == special.end() ? reply : found->second(reply, counts_[static_cast<std::size_t>(*look)]++);
    }
    return {404, {}, "no such photo", {}, {}, {}};
  }

  const int looks_, page_size_;
  std::vector<int> counts_ =
      std::vector<int>(static_cast<std::size_t>(looks_));  // a look has one host, which answers one at a time
  std::vector<std::unique_ptr<LoopbackServer>> images_;
  std::unique_ptr<LoopbackServer> api_;  // its threads use what is above
};

}  // namespace ootd::testing
