// site_server FOLDER LOOKS HOSTS SIDE DELAY_MS: serves the tests' platform (SIDE pixels wide photos) until its input
// ends, for bench/crawl. Writes FOLDER/site.toml and FOLDER/urls.txt before it prints "ready".
#include <filesystem>
#include <iostream>
#include <span>

#include "ootd/base/io.h"
#include "tests/testing/crawl_site.h"

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::filesystem::path folder = argv[1];
  const int looks = std::atoi(argv[2]), hosts = std::atoi(argv[3]), side = std::atoi(argv[4]);
  ootd::testing::CrawlSite site(looks, hosts, 60);
  site.delay = std::chrono::milliseconds(std::atoi(argv[5]));
  std::vector<std::string> photos;
  std::string urls;
  for (int look = 0; look < looks; ++look) {
    photos.push_back(ootd::testing::noise_photo(static_cast<std::uint64_t>(look), side, side * 4 / 3, side / 8));
    urls += site.url(look) + "\n";
  }
  site.photo = [&](int look) { return photos[static_cast<std::size_t>(look)]; };
  const std::string toml = site.recipe_toml("requests_per_second = 100000\nconnections = 32\n");
  ootd::write_file_atomically(folder / "site.toml", std::as_bytes(std::span(toml)), false);
  ootd::write_file_atomically(folder / "urls.txt", std::as_bytes(std::span(urls)), false);
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
