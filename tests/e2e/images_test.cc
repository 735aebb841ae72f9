// `ootd images` and what becomes of copies, by the real program.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/image/encode.h"
#include "tests/testing/program.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::Outcome;

class ImagesCliTest : public ::testing::Test {
 protected:
  ImagesCliTest() {
    for (int i = 0; i < 6; ++i) write(i < 3 ? "Retro" : "Street", std::to_string(i), i, 95);
    write("Street", "5 again", 5, 60);
    EXPECT_EQ(ok({"import", photos()}).at("copies"), 1);
    for (const Json& image : list()) ids_.push_back(image.at("id"));
  }

  std::string photos() const { return dir_.path() / "photos"; }
  fs::path home() const { return dir_.path() / "home"; }
  // Smooth, so that another quality is a copy.
  void write(const std::string& style, const std::string& name, int seed, int quality) const {
    Random random(static_cast<std::uint64_t>(seed) + 1);
    Image image{96, 128, {}};
    double waves[3][3];
    for (auto& wave : waves)
      for (double& value : wave) value = random.uniform(0.5, 5);
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x)
        for (const auto& [a, b, c] : waves)
          image.rgb.push_back(static_cast<std::uint8_t>(127 + 120 * std::sin(a * x / 20 + b * y / 20 + c)));
    fs::create_directories(fs::path(photos()) / style);
    write_file_atomically(fs::path(photos()) / style / (name + ".jpg"), encode_jpeg(image, quality), false);
  }
  Outcome run(std::vector<std::string> args) const {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home().string(), "--json"});
    return testing::run_program(args, 0);
  }
  Json ok(const std::vector<std::string>& args) const {
    const Outcome outcome = run(args);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.json();
  }
  std::vector<Json> list(std::vector<std::string> args = {}) const {
    args.insert(args.begin(), {"images", "list"});
    return ok(args).at("images").get<std::vector<Json>>();
  }

  testing::TempDir dir_;
  std::vector<std::string> ids_;  // of photos 0 .. 5 and the copy
};

TEST_F(ImagesCliTest, ListAndShowWhatIsKnown) {
  ASSERT_EQ(ids_.size(), 7u);
  const auto street = list({"--filter", "style = Street"});
  ASSERT_EQ(street.size(), 4u);
  EXPECT_EQ(street[3].at("labels"), Json({{"copy_of", {ids_[5]}}, {"style", {"Street"}}}));
  EXPECT_EQ(list({"--source", photos() + "/Retro"}).size(), 3u);
  const Json shown = ok({"images", "show", ids_[0]});
  EXPECT_EQ(shown.at("width"), 96);
  EXPECT_EQ(shown.at("height"), 128);
  EXPECT_TRUE(shown.at("source").get<std::string>().ends_with("photos/Retro/0.jpg"));
  EXPECT_EQ(ok({"images", "show", ids_[5]}).at("copies"), Json({ids_[6]}));
  const Outcome unknown = run({"images", "show", "nobody", ids_[1]});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE(unknown.err.find("no photo has the id nobody"), std::string::npos);
  EXPECT_EQ(unknown.json().at("id"), ids_[1]) << "the rest goes on";
}

TEST_F(ImagesCliTest, LabelsByHandOutliveTheNextImport) {
  EXPECT_EQ(ok({"images", "unlabel", "--label", "style=Retro", "--filter", "style = Retro"}).at("changed"), 3);
  EXPECT_EQ(ok({"images", "label", "--label", "style=Chic", ids_[0], ids_[1]}).at("changed"), 2);
  EXPECT_EQ(ok({"import", photos()}).at("added"), 0);
  EXPECT_EQ(ok({"images", "show", ids_[0]}).at("labels"), Json({{"style", {"Chic"}}}));
  EXPECT_EQ(ok({"images", "show", ids_[2]}).at("labels"), Json::object());
  EXPECT_EQ(run({"images", "label", "--label", "style=Chic"}).exit_code, 2) << "of which photos?";
  EXPECT_EQ(run({"images", "label", "--label", "palette=red", "--all"}).exit_code, 1);
}

TEST_F(ImagesCliTest, ACopyOfALikedLookIsNotDealtUntilItIsSplit) {
  ok({"embed"});
  ok({"feedback", "--user", "ann", "--like", ids_[5]});
  const auto dealt = [&] {
    std::set<std::string> cards;
    const Json deck = ok({"recommend", "--user", "ann", "-k", "10"});
    for (const Json& card : deck.at("cards")) cards.insert(card.at("id").get<std::string>());
    return cards;
  };
  EXPECT_EQ(dealt(), std::set<std::string>(ids_.begin(), ids_.begin() + 5));
  EXPECT_EQ(ok({"images", "split", ids_[6]}).at("split"), 1);
  EXPECT_EQ(ok({"images", "show", ids_[6]}).at("copies"), Json::array());
  ok({"feedback", "--user", "ann", "--undo", ids_[5]});
}

TEST_F(ImagesCliTest, RemovedPhotosLeaveNoFileAndStayAway) {
  ok({"embed"});
  ok({"index", "build"});
  const std::string copy = ok({"images", "show", ids_[2]}).at("file");
  EXPECT_TRUE(fs::exists(home() / copy));
  EXPECT_EQ(run({"images", "remove"}).exit_code, 2) << "of which photos?";
  EXPECT_EQ(ok({"images", "remove", ids_[2]}).at("removed"), 1);
  EXPECT_FALSE(fs::exists(home() / copy));
  EXPECT_EQ(list().size(), 6u);
  EXPECT_EQ(ok({"import", photos()}).at("kept_out"), 1);
  EXPECT_EQ(list().size(), 6u);
  EXPECT_EQ(ok({"import", "--restore-removed", photos()}).at("added"), 1);
  EXPECT_EQ(list().size(), 7u);
}

}  // namespace
}  // namespace ootd
