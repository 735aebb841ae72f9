#include "ootd/report/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/encode.h"
#include "ootd/report/charts.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

const std::string kHostile = "<script>alert(\"1\")</script>&'x";

// Three clouds of unit vectors, one a label; every picture is the same file.
class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    write_file_atomically(photo_, encode_jpeg({60, 80, std::vector<std::uint8_t>(60 * 80 * 3, 90)}), false);
    Random random(1);
    rows_.vectors = Matrix(45, 8);
    for (std::uint64_t i = 0; i < 45; ++i) {
      for (float& value : rows_.vectors.row(i)) value = static_cast<float>(0.3 * random.normal());
      rows_.vectors.row(i)[i % 3] += 1;
      normalize(rows_.vectors.row(i));
      rows_.labels.push_back({static_cast<int>(i % 3)});
      rows_.ids.push_back(LookKey{i + 1});
    }
    retrieval_ = retrieval_metrics(rows_, rows_);
  }

  ReportInput input() {
    return {.title = "A " + kHostile,
            .facts = {{"Model", kHostile}},
            .config = kHostile,
            .alarms = {{ReportAlarm::Severity::kError, kHostile}},
            .curves = {{kHostile, {{0, 2, 1e-3}, {1, 1.5, 5e-4}, {2, 1, 0}}, {{1, 0.5, 0.6}, {2, 0.75, 0.8}}}},
            .label_key = kHostile,
            .labels = labels_,
            .queries = rows_,
            .gallery = rows_,
            .retrieval = retrieval_,
            .picture = [this](LookKey id) { return ReportPicture{kHostile + to_string(id), photo_}; },
            .suspects = {{LookKey{7}, kHostile}}};
  }

  const testing::TempDir dir_;
  const std::filesystem::path photo_ = dir_.path() / "photo.jpg";
  const std::vector<std::string> labels_ = {kHostile, "Street", "Retro"};
  LabelledRows rows_;
  Retrieval retrieval_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

// What a parser would trip over: the first tag that does not close what is open, or "".
std::string first_wrong_tag(const std::string& html) {
  static const std::regex tag(R"re(<(/?)([a-z0-9!]+)((?:\s+[a-z0-9:-]+(?:=(?:"[^"]*"|[^\s"'<>=]+))?)*)\s*>)re",
                              std::regex::icase | std::regex::optimize);
  static const std::set<std::string> empty = {"!doctype", "meta", "img", "input"};
  std::vector<std::string> open;
  std::size_t at = 0;
  while ((at = html.find('<', at)) != std::string::npos) {
    const std::size_t end = html.find('>', at);
    const std::string text = html.substr(at, end - at + 1);
    std::smatch match;
    if (!std::regex_match(text, match, tag)) return text;
    if (match[1] == "/") {
      if (open.empty() || open.back() != match[2]) return text;
      open.pop_back();
    } else if (!empty.contains(match[2])) {
      open.push_back(match[2]);
    }
    at = end;
  }
  return open.empty() ? "" : open.back() + " stays open";
}

// The pictures' bytes would only be in the way of what these tests look for.
std::string without_pictures(std::string html) {
  static const std::string begin = "data:image/jpeg;base64,";
  for (std::size_t at = 0; (at = html.find(begin, at)) != std::string::npos; at += 5)
    html.replace(at, html.find('"', at) - at, "PHOTO");
  return html;
}

TEST_F(ReportTest, ShowsEverySectionAndNestsItsTags) {
  const std::string html = without_pictures(report_html(input()));
  for (const char* section :
       {"alarms", "result", "training", "map", "best", "worst", "similarity", "confusion", "labels", "suspects"}) {
    EXPECT_EQ(count(html, "<section id=" + std::string(section) + ">"), 1u) << section;
    EXPECT_EQ(count(html, "href=\"#" + std::string(section) + "\""), 1u) << section;
  }
  EXPECT_EQ(first_wrong_tag(html), "");
  EXPECT_EQ(count(html, "<circle class=\"p"), 45u);
  EXPECT_NE(html.find("best: epoch 2, mAP 0.750"), std::string::npos);
  EXPECT_GT(count(html, "src=\"PHOTO\""), 6u * 9);  // strips
  EXPECT_GT(count(html, "href=\"PHOTO\""), 3u);     // map
}

TEST_F(ReportTest, EscapesWhatComesFromOutsideAndFetchesNothing) {
  const std::string html = without_pictures(report_html(input()));
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("alert(\""), std::string::npos);
  EXPECT_GT(count(html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;x"), 60u);
  for (const char* word : {"http:", "https:", "//", "url(", "@import", "<link", "<iframe", "javascript:"})
    EXPECT_EQ(html.find(word), std::string::npos) << word;
}

TEST_F(ReportTest, LeavesOutWhatItHasNotGot) {
  ReportInput bare = input();
  bare.alarms.clear();
  bare.curves.clear();
  bare.suspects.clear();
  bare.config.clear();
  const std::string html = without_pictures(report_html(bare));
  for (const char* section : {"alarms", "training", "suspects"})
    EXPECT_EQ(html.find("id=" + std::string(section)), std::string::npos) << section;
  EXPECT_EQ(html.find("<pre>"), std::string::npos);
  EXPECT_EQ(first_wrong_tag(html), "");
}

TEST_F(ReportTest, ALostPhotoIsAnEmptyFrame) {
  std::filesystem::remove(photo_);
  const std::string html = report_html(input());
  EXPECT_EQ(html.find("data:image"), std::string::npos);
  EXPECT_GT(count(html, "no picture"), 50u);
  EXPECT_EQ(first_wrong_tag(html), "");
}

// As `ootd train` on a handful of photos: no query has anything to find.
TEST_F(ReportTest, HasAPageForOneLabelOfOnePicture) {
  LabelledRows one{Matrix(1, 8), {{1}}, {LookKey{1}}, {}, {}};
  one.vectors.row(0)[0] = 1;
  const Retrieval retrieval = retrieval_metrics(one, one);
  const ReportInput bare{.title = "one",
                         .facts = {},
                         .config = "",
                         .alarms = {},
                         .curves = {{"", {}, {}}},
                         .label_key = "style",
                         .labels = labels_,
                         .queries = one,
                         .gallery = one,
                         .retrieval = retrieval,
                         .picture = [this](LookKey) { return ReportPicture{"a", photo_}; },
                         .suspects = {}};
  EXPECT_EQ(first_wrong_tag(without_pictures(report_html(bare))), "");
}

TEST_F(ReportTest, IsTheSamePageTwice) { EXPECT_EQ(report_html(input()), report_html(input())); }

TEST_F(ReportTest, ReadsTheCurvesOfARun) {
  const auto write = [&](const char* name, const std::string& text) {
    write_file_atomically(dir_.path() / name, std::as_bytes(std::span(text)), false);
  };
  write("log.csv",
        "step,epoch,loss,learning_rate,gradient_norm,images_per_s\n0,0,2.5,1e-05,1,90\n1,0,nan,0.002,1,90\n");
  write("metrics.csv", "step,epoch,map,recall_at_1,best\n1,1,0.5,0.75,1\n");
  const TrainingCurves curves = read_curves(dir_.path(), "run");
  ASSERT_EQ(curves.steps.size(), 2u);
  EXPECT_EQ(curves.steps[0].loss, 2.5);
  EXPECT_EQ(curves.steps[1].learning_rate, 0.002);
  ASSERT_EQ(curves.epochs.size(), 1u);
  EXPECT_EQ(curves.epochs[0].recall_at_1, 0.75);
  EXPECT_TRUE(read_curves(dir_.path() / "nothing", "").steps.empty());

  write("log.csv", "step,loss,learning_rate\n0,1,1\n1,x,1\n");
  const std::string message = testing::message_of([&] { read_curves(dir_.path(), ""); });
  EXPECT_NE(message.find("log.csv:3"), std::string::npos) << message;
  write("log.csv", "step,loss\n");
  EXPECT_THROW(read_curves(dir_.path(), ""), Error);
}

TEST(Charts, HaveRoundTicksInsideTheirRange) {
  EXPECT_EQ(axis_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  const auto ticks = axis_ticks(0.41, 0.97, 5);
  ASSERT_EQ(ticks.size(), 5u);
  EXPECT_NEAR(ticks.front(), 0.5, 1e-12);
  EXPECT_NEAR(ticks.back(), 0.9, 1e-12);
}

TEST(Charts, KeepEveryPeakOfALongCurve) {
  std::vector<std::pair<double, double>> points;
  for (int i = 0; i < 100'000; ++i) points.emplace_back(i, i == 54'321 ? 100 : 1);
  const std::string svg = line_chart({.title = "t", .x_label = "x", .curves = {{"c", "red", points}}});
  EXPECT_LT(svg.size(), 20'000u);
  std::smatch path;
  ASSERT_TRUE(std::regex_search(svg, path, std::regex(" d=\"([^\"]*)\"")));
  // The peak is near the top of the frame; all else lies on one line at its bottom.
  EXPECT_TRUE(std::regex_search(path[1].str(), std::regex(" (1[0-9]|2[0-9])\\.[0-9]L")));
  EXPECT_EQ(line_chart({.title = "t", .x_label = "x", .curves = {{"c", "red", {}}}}), "");
}

}  // namespace
}  // namespace ootd
