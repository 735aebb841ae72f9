// `ootd crawl` as a newcomer uses it, against a site on the loopback.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "ootd/base/io.h"
#include "ootd/ingest/parquet.h"
#include "tests/testing/child.h"
#include "tests/testing/crawl_site.h"
#include "tests/testing/program.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::CrawlSite;
using testing::Outcome;
using testing::Reply;

constexpr int kLooks = 60;

class CrawlCommand : public ::testing::Test {
 protected:
  void write_recipe(const std::string& politeness) {
    const std::string toml = site_.recipe_toml(politeness);
    write_file_atomically(recipe(), std::as_bytes(std::span(toml)), false);
  }
  std::string recipe() const { return dir_.path() / "site.toml"; }
  fs::path home() const { return dir_.path() / "home"; }
  std::vector<std::string> command(const std::vector<std::string>& more, bool json) const {
    std::vector<std::string> args = {OOTD_BINARY, "--home", home().string()};
    if (json) args.emplace_back("--json");
    args.insert(args.end(), {"crawl", "--source", recipe(), "--allow-private", "--contact", "me@shop.example"});
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  Outcome crawl(const std::vector<std::string>& more = {}, bool json = true) const {
    return testing::run_program(command(more, json));
  }
  std::int64_t photos_asked_for() {
    std::int64_t asked = 0;
    for (int look = 0; look < kLooks; ++look) asked += static_cast<std::int64_t>(site_.requests_of(look).size());
    return asked;
  }

  testing::TempDir dir_;
  CrawlSite site_{kLooks};
};

TEST_F(CrawlCommand, ADryRunPrintsPhotosWithTheirLabelsAndStoresNothing) {
  write_recipe("requests_per_second = 1000\nconnections = 8\n");
  const Outcome all = crawl({"--dry-run"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  std::map<std::string, Json> listed;
  for (const Json& line : all.json_lines()) listed[line.at("url")] = line.at("labels");
  ASSERT_EQ(listed.size(), static_cast<std::size_t>(kLooks));
  EXPECT_EQ(listed.at(site_.url(10)).at("style"), Json(CrawlSite::styles_of(10)));
  EXPECT_EQ(photos_asked_for(), 0);
  EXPECT_FALSE(fs::exists(home()));

  const Outcome words = crawl({"--dry-run", "--limit", "3", "--style", "Retro"}, false);
  EXPECT_EQ(std::ranges::count(words.out, '\n'), 3) << words.out;
  EXPECT_NE(words.out.find(".jpg  date=2026-01-02  style=Retro\n"), std::string::npos) << words.out;
  EXPECT_NE(words.err.find("3 photos would be fetched, 0 are opted out; nothing was stored"), std::string::npos)
      << words.err;
}

TEST_F(CrawlCommand, TheLogHasEachUrlAndTheMetricsFileTheEnd) {
  write_recipe("requests_per_second = 1000\nconnections = 8\n");
  site_.special[1] = [](const Reply&, int) { return Reply{404, {}, "", {}, {}, {}}; };
  site_.special[2] = [](const Reply&, int nth) {
    return nth == 0 ? Reply{403, {}, "", {}, {}, {}} : Reply{200, {}, testing::noise_photo(2), {}, {}, {}};
  };
  const std::string log = dir_.path() / "crawl.log", metrics = dir_.path() / "crawl.prom";
  const Outcome first = crawl({"--log", log, "--metrics", metrics});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.json().at("fetched"), kLooks - 2);
  EXPECT_EQ(first.json().at("failed"), 1);
  EXPECT_EQ(first.json().at("skipped_by").at("gone"), 1);
  EXPECT_EQ(first.json().at("interrupted"), false);

  std::map<std::string, std::string> states;
  for (const Json& line : Outcome{0, read_text(log), ""}.json_lines())
    if (line.at("kind") == "photo") states[line.at("url")] = line.at("state");
  EXPECT_EQ(states.size(), static_cast<std::size_t>(kLooks));
  EXPECT_EQ(states.at(site_.url(1)), "gone");
  EXPECT_EQ(states.at(site_.url(2)), "failed");
  EXPECT_EQ(states.at(site_.url(3)), "done");
  const std::string text = read_text(metrics);
  EXPECT_NE(text.find("ootd_crawl_photos_total{end=\"fetched\"} " + std::to_string(kLooks - 2) + "\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("ootd_crawl_in_flight 0\n"), std::string::npos) << text;

  const Outcome again = crawl({"--retry-failed"}, false);
  EXPECT_NE(again.out.find("1 fetched, 0 skipped, 0 failed. Next: ootd crop"), std::string::npos) << again.out;
}

TEST_F(CrawlCommand, CtrlCEndsARunInOrderAndTheSameCommandGoesOn) {
  write_recipe("requests_per_second = 60\nconnections = 4\n");
  const pid_t child = testing::start_child(command({}, true));
  while (photos_asked_for() < 10) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ::kill(child, SIGINT);
  const int status = testing::wait_for(child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << "not done";
  const std::int64_t before = photos_asked_for();
  EXPECT_LT(before, kLooks);
  write_recipe("requests_per_second = 1000\nconnections = 8\n");
  const Outcome rest = crawl();
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_GT(rest.json().at("fetched"), 0);
  EXPECT_LE(photos_asked_for(), kLooks + 4 * 3) << "only what was on its way is asked for again";
  const Outcome nothing = crawl();
  EXPECT_EQ(nothing.json().at("fetched"), 0) << "all were here";
  EXPECT_EQ(nothing.json().at("failed"), 0);
}

TEST_F(CrawlCommand, ExportsWhatItCrawled) {
  write_recipe("requests_per_second = 1000\nconnections = 8\n");
  ASSERT_EQ(crawl().exit_code, 0);
  const fs::path out = dir_.path() / "out";
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {OOTD_BINARY, "--home", home().string(), "--json"});
    return testing::run_program(more);
  };
  const Outcome exported = run({"images", "export", out.string()});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.json().at("photos"), kLooks);
  EXPECT_EQ(exported.json().at("shards"), 1);
  const std::string manifest = read_text(out / "manifest.csv");
  EXPECT_EQ(std::ranges::count(manifest, '\n'), kLooks + 1);
  EXPECT_NE(manifest.find(site_.url(7)), std::string::npos);

  const Json doctor = run({"doctor", "labels"}).json();
  EXPECT_EQ(doctor.at("images"), kLooks);
  EXPECT_EQ(doctor.at("unlabelled"), 0);
  std::set<std::string> faults;
  for (const Json& finding : doctor.at("findings")) faults.insert(finding.at("fault"));
  EXPECT_TRUE(faults.contains("small")) << doctor;
  EXPECT_TRUE(faults.contains("several-values")) << "every tenth look is listed under two styles";
}

TEST_F(CrawlCommand, AListInParquetIsCrawledAndItsPhotosExportedAsParquet) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  const fs::path list = dir_.path() / "list.parquet", out = dir_.path() / "out";
  ParquetWriter writer(list, {{"image_url", ParquetType::kText}, {"style", ParquetType::kText}});
  for (int look = 0; look < 9; ++look) {
    const ParquetCell cells[] = {site_.url(look), look % 2 == 0 ? "Retro" : "Chic"};
    writer.add(cells);
  }
  writer.commit();
  const std::string toml = "name = \"list\"\nabout = \"a test\"\npermission = \"ours\"\nkind = \"table\"\nstart = [\"" +
                           list.string() +
                           "\"]\n[labels]\nstyle = \"style\"\n[politeness]\nrequests_per_second = 1000\n";
  write_file_atomically(recipe(), std::as_bytes(std::span(toml)), false);
  const Outcome crawled = crawl();
  EXPECT_EQ(crawled.exit_code, 0) << crawled.err;
  EXPECT_EQ(crawled.json().at("fetched"), 9);

  const Outcome exported = testing::run_program(
      {OOTD_BINARY, "--home", home().string(), "images", "export", out.string(), "--manifest", "parquet"});
  EXPECT_NE(exported.out.find("manifest.parquet"), std::string::npos) << exported.out << exported.err;
  const std::string manifest = read_text(out / "manifest.parquet");
  ParquetReader reader(manifest, "manifest.parquet: ");
  reader.select({3, 8});
  std::map<std::string, std::string> labels;
  while (const auto row = reader.next()) labels[row->at(0).value()] = row->at(1).value();
  ASSERT_EQ(labels.size(), 9u);
  EXPECT_EQ(labels.at(site_.url(4)), R"({"style":["Retro"]})");
}

TEST_F(CrawlCommand, MistakesAreAnsweredBeforeAnythingIsAsked) {
  write_recipe("requests_per_second = 1000\nconnections = 8\n");
  const auto expect = [&](const std::vector<std::string>& more, int code, const std::string& words) {
    const Outcome outcome = crawl(more);
    EXPECT_EQ(outcome.exit_code, code) << more[0];
    EXPECT_NE((outcome.out + outcome.err).find(words), std::string::npos) << outcome.out << outcome.err;
  };
  expect({"--limit", "-3"}, 2, "--limit");
  expect({"--threads", "-1"}, 2, "--threads");
  expect({"--contact", "me\r\nX-Evil: 1"}, 2, "--contact");
  expect({"--set", "style"}, 2, "KEY=VALUE");
  expect({"--style", "Nope"}, 1, "there is no style \"Nope\"; known: Casual");
  expect({"--log", "/nowhere/log"}, 1, "/nowhere/log: cannot write");
  EXPECT_TRUE(site_.api().log().empty());
}

}  // namespace
}  // namespace ootd
