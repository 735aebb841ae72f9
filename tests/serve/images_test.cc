// The routes for services that look after the photos.
#include "tests/serve/test_server.h"

namespace ootd {
namespace {

using testing::Answer;
using testing::HttpClient;
using testing::kBearer;
using testing::TestServer;

class ImagesTest : public ::testing::Test {
 protected:
  Json get(const std::string& target, int status = 200) {
    const Answer answer = client_.request("GET", target, "", kBearer);
    EXPECT_EQ(answer.status, status) << answer.body;
    return answer.json();
  }
  Json post(const std::string& id, const Json& body, int status = 200) {
    const Answer answer = client_.request("POST", "/api/images/" + id, body.dump(),
                                          std::string(kBearer) + "Content-Type: application/json\r\n");
    EXPECT_EQ(answer.status, status) << answer.body;
    return answer.json();
  }
  const std::vector<std::string>& ids() const { return server_.workspace.ids; }

  TestServer server_{12};
  HttpClient client_ = server_.client();
};

TEST_F(ImagesTest, AreForHoldersOfTheTokenAlone) {
  for (const char* method : {"GET", "DELETE"})
    EXPECT_EQ(client_.request(method, "/api/images/" + ids()[0], "").status, 401) << method;
  EXPECT_EQ(client_.request("GET", "/api/images", "").status, 401);
  EXPECT_TRUE(server_.workspace.catalog.find_image(ids()[0]));
}

TEST_F(ImagesTest, AreListedPageByPageAsFilteredAndBySource) {
  EXPECT_EQ(get("/api/images?limit=5").at("count"), 12);
  std::vector<std::string> listed;
  for (std::string target = "/api/images?limit=3&filter=style%3DRetro";;) {
    const Json page = get(target);
    for (const Json& image : page.at("images")) {
      EXPECT_EQ(image.at("labels"), Json({{"style", {"Retro"}}}));
      listed.push_back(image.at("id"));
    }
    if (page.at("next").is_null()) break;
    target = "/api/images?limit=3&filter=style%3DRetro&after=" + page.at("next").get<std::string>();
  }
  EXPECT_EQ(listed, (std::vector<std::string>{ids()[0], ids()[3], ids()[6], ids()[9]}));
  const Json one = get("/api/images?source=made-up-4").at("images");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0], Json({{"id", ids()[4]}, {"source", "made-up-4"}, {"labels", {{"style", {"Street"}}}}}));
  get("/api/images?filter=nonsense", 400);
  get("/api/images?after=unknown", 404);
}

TEST_F(ImagesTest, AreLabelledByHand) {
  const Json changed =
      post(ids()[0], {{"label", {{"style", {"Chic"}}, {"색", {"빨강"}}}}, {"unlabel", {{"style", {"Retro"}}}}});
  EXPECT_EQ(changed.at("labels"), Json({{"style", {"Chic"}}, {"색", {"빨강"}}}));
  EXPECT_EQ(get("/api/images/" + ids()[0]).at("labels"), changed.at("labels"));
  post(ids()[1], {{"label", {{"style", {"Chic"}}, {"crop", {"x"}}}}}, 400);
  EXPECT_EQ(get("/api/images/" + ids()[1]).at("labels"), Json({{"style", {"Street"}}})) << "all or nothing";
  post(ids()[1], {{"labels", {{"style", {"Chic"}}}}}, 400);
  post(ids()[1], {{"label", {{"style", "Chic"}}}}, 400);
  post("unknown", {{"label", {{"style", {"Chic"}}}}}, 404);
}

TEST_F(ImagesTest, TellAllThatIsKnownOfOne) {
  const Garment garment{"top", "blouse", 0.5f, {1, 2, 3, 4}};
  server_.workspace.catalog.put_garments(server_.workspace.catalog.find_image(ids()[2])->key, "label", {&garment, 1});
  const Json image = get("/api/images/" + ids()[2]);
  EXPECT_EQ(image.at("width"), 40);
  EXPECT_EQ(image.at("height"), 60);
  EXPECT_EQ(image.at("garments"), Json::array({{{"category", "top"},
                                                {"fine_category", "blouse"},
                                                {"score", 0.5},
                                                {"box", {1, 2, 3, 4}},
                                                {"origin", "label"}}}));
  EXPECT_EQ(image.at("crop"), Json());
  EXPECT_EQ(image.at("models"), Json::array({{{"model", "test-model"}, {"crops", ""}}}));
  EXPECT_EQ(image.at("sources"), Json::array({"made-up-2"}));
}

TEST_F(ImagesTest, ThatAreRemovedLeaveNothing) {
  const std::filesystem::path copy = server_.workspace.home() / ("images/" + ids()[5] + ".jpg");
  ASSERT_TRUE(std::filesystem::exists(copy));
  EXPECT_EQ(client_.get("/thumbs/" + ids()[5]).status, 200);
  EXPECT_EQ(client_.request("DELETE", "/api/images/" + ids()[5], "", kBearer).json().at("removed"), 1);
  EXPECT_FALSE(std::filesystem::exists(copy));
  EXPECT_EQ(client_.get("/thumbs/" + ids()[5]).status, 404);
  EXPECT_EQ(client_.get("/images/" + ids()[5]).status, 404);
  EXPECT_EQ(client_.request("DELETE", "/api/images/" + ids()[5], "", kBearer).status, 404);
  EXPECT_TRUE(server_.workspace.catalog.is_kept_out(ids()[5]));
  EXPECT_EQ(get("/api/images").at("count"), 11);
  const Json deck = client_.get("/api/deck?k=50").json();
  for (const Json& card : deck.at("cards")) EXPECT_NE(card.at("id"), ids()[5]);
}

}  // namespace
}  // namespace ootd
