// kill -9 at random moments of a crawl, then run again: the catalog must end as after an uninterrupted run, and the
// servers must not be asked again for what was on the disk at a kill.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <set>

#include "ootd/base/io.h"
#include "ootd/crawl/crawl_ledger.h"
#include "ootd/crawl/staging.h"
#include "tests/testing/child.h"
#include "tests/testing/crawl_site.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

using testing::wait_for;

pid_t start_crawl(const fs::path& home, const fs::path& recipe) {
  return testing::start_child({OOTD_CRAWL_CHILD, home.string(), recipe.string()});
}

// id and labels of each look's photo.
std::map<std::string, std::string> contents(const Catalog& catalog) {
  std::map<std::string, std::string> found;
  for (LookKey after{};;) {
    const auto images = catalog.images_after(after, 500);
    if (images.empty()) return found;
    after = images.back().key;
    for (const ImageRecord& image : images)
      for (const Label& label : image.labels) found[image.id] += label.key + "=" + label.value + " ";
  }
}

// Urls whose bytes are on the disk: recorded, or staged.
std::set<std::string> kept_urls(const fs::path& home, const testing::CrawlSite& site) {
  std::set<std::string> kept;
  if (!fs::exists(home / "catalog.db") || !fs::exists(home / "crawl")) return kept;
  SqliteCatalog catalog(home);
  const CrawlLedger ledger(catalog);
  for (int look = 0; look < site.looks(); ++look) {
    const auto standing = ledger.standing(site.url(look));
    if (standing && standing->state == CrawlState::kDone) kept.insert(site.url(look));
  }
  const Staging staging(home / "crawl");
  for (const std::int64_t no : staging.numbers())
    if (const auto answer = staging.get(no)) kept.insert(answer->final_url);
  return kept;
}

int kills_wanted() {
  const char* text = std::getenv("OOTD_CRAWL_KILLS");
  return text == nullptr ? 6 : std::atoi(text);
}

TEST(CrawlKilled, LosesNothingAndAsksForNothingTwice) {
  const int kills = kills_wanted(), looks = 240;
  const testing::TempDir dir;
  Random random(1);
  int killed = 0, with_work_left = 0;
  std::map<std::string, std::string> expected;
  auto window = microseconds(0);
  for (int round = 0; killed < kills; ++round) {
    ASSERT_LT(round, 10 * kills + 1) << "the crawl is over before it can be killed";
    testing::CrawlSite site(looks);
    const fs::path home = dir.path() / ("home" + std::to_string(round)), recipe = dir.path() / "site.toml";
    const std::string toml = site.recipe_toml();
    write_file_atomically(recipe, std::as_bytes(std::span(toml)), false);
    std::map<std::string, std::size_t> kept;  // url -> requests seen when its bytes were on the disk
    for (std::uint64_t n = round == 0 ? 0 : 1 + random.below(4); n > 0 && killed < kills; --n) {
      const auto until = microseconds(random.below(static_cast<std::uint64_t>(window.count())) + 1);
      const pid_t child = start_crawl(home, recipe);
      std::this_thread::sleep_for(until);
      ::kill(child, SIGKILL);
      if (!WIFSIGNALED(wait_for(child))) break;
      ++killed;
      const auto now_kept = kept_urls(home, site);
      if (now_kept.size() < static_cast<std::size_t>(looks) && !now_kept.empty()) ++with_work_left;
      for (const auto& [url, requests] : kept) EXPECT_TRUE(now_kept.contains(url)) << "lost: " << url;
      for (int look = 0; look < looks; ++look)
        if (now_kept.contains(site.url(look))) kept.try_emplace(site.url(look), site.requests_of(look).size());
    }
    const auto begun = std::chrono::steady_clock::now();
    const int status = wait_for(start_crawl(home, recipe));
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    if (round == 0) window = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begun);

    SqliteCatalog catalog(home);
    EXPECT_EQ(catalog.verify(), std::vector<std::string>());
    EXPECT_EQ(catalog.image_count(), looks);
    const auto found = contents(catalog);
    if (round == 0) expected = found;
    EXPECT_EQ(found, expected) << "round " << round;
    for (int look = 0; look < looks; ++look) {
      const auto counted = kept.find(site.url(look));
      if (counted == kept.end()) continue;
      EXPECT_EQ(site.requests_of(look).size(), counted->second) << "fetched twice: " << site.url(look);
    }
    fs::remove_all(home);
  }
  EXPECT_GE(with_work_left, 1) << "the test has shown nothing";
}

// A limit on file sizes stands for the full disk: the catalog cannot grow.
TEST(CrawlOnAFullDisk, EndsWithItsNameAndTheNextRunGoesOn) {
  constexpr int kLooks = 200;
  const testing::TempDir dir;
  testing::CrawlSite site(kLooks);
  const fs::path home = dir.path() / "home", recipe = dir.path() / "site.toml";
  const std::string toml = site.recipe_toml();
  write_file_atomically(recipe, std::as_bytes(std::span(toml)), false);
  const std::string crawl = std::string(OOTD_CRAWL_CHILD) + " " + home.string() + " " + recipe.string();
  const fs::path words = dir.path() / "err";
  const int status =
      std::system(("trap '' XFSZ; ulimit -f 700; exec " + crawl + " 2> " + words.string()).c_str());  // 350 KiB
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_NE(read_text(words).find(home.string()), std::string::npos) << read_text(words);
  {
    SqliteCatalog catalog(home);
    EXPECT_EQ(catalog.verify(), std::vector<std::string>());
    EXPECT_LT(catalog.image_count(), kLooks) << "the test has shown nothing";
  }
  const auto kept = kept_urls(home, site);
  ASSERT_EQ(std::system(crawl.c_str()), 0);
  EXPECT_EQ(SqliteCatalog(home).image_count(), kLooks);
  for (int look = 0; look < kLooks; ++look)
    EXPECT_LE(site.requests_of(look).size(), kept.contains(site.url(look)) ? 1u : 2u) << look;
}

}  // namespace
}  // namespace ootd
