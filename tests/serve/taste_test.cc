// A person's deck, swipes, saved looks and taste, over real sockets.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/serve/test_server.h"

namespace ootd {
namespace {

using testing::Answer;
using testing::HttpClient;
using testing::kDim;
using testing::TestServer;
using testing::wait_for;

std::set<std::string> card_ids(const Answer& deck) {
  std::set<std::string> ids;
  const Json json = deck.json();
  for (const auto& card : json.at("cards")) ids.insert(card.at("id").get<std::string>());
  return ids;
}

TEST(Deck, DealsCardsWithAllThatAPageNeeds) {
  TestServer server(12);
  HttpClient client = server.swiper();
  const Answer deck = client.get("/api/deck?k=5");
  ASSERT_EQ(deck.status, 200);
  const Json json = deck.json();
  ASSERT_EQ(json.at("cards").size(), 5u);
  EXPECT_EQ(json.at("images"), 12);
  EXPECT_EQ(json.at("vectors"), 12);
  const Json& card = json.at("cards")[0];
  const std::string id = card.at("id");
  EXPECT_EQ(card.at("image"), "/images/" + id);
  EXPECT_EQ(card.at("thumb"), "/thumbs/" + id);
  EXPECT_EQ(card.at("width"), 40);
  EXPECT_EQ(card.at("height"), 60);
  EXPECT_TRUE(card.at("labels").at("style").is_array());
  EXPECT_TRUE(card.at("score").is_number());
  EXPECT_TRUE(card.at("explored").is_boolean());
  EXPECT_FALSE(card.at("why").get<std::string>().empty());
  EXPECT_EQ(client.get(card.at("image").get<std::string>()).status, 200);
  EXPECT_EQ(client.get(card.at("thumb").get<std::string>()).status, 200);
}

// A page fetches cards before they are on the screen: only those that somebody answered, or says to have seen, count.
TEST(Deck, ACardIsLoggedAsShownWhenItIsSwipedOrSaidToBeSeenAndNotWhenItIsDealt) {
  TestServer server(12);
  HttpClient client = server.client();
  const Json cards = client.get("/api/deck?k=5").json().at("cards");
  const auto events = [&] { return server.workspace.catalog.events(testing::user_of(client)); };
  EXPECT_TRUE(events().empty());
  const auto said = [&](const char* kind, std::size_t card, const std::string& key) {
    return client.post("/api/feedback", {{"kind", kind}, {"id", cards[card].at("id")}, {"key", key}}).json();
  };
  EXPECT_TRUE(said("shown", 0, "s0").at("event_id").is_null()) << "who only looks leaves no trace";
  EXPECT_TRUE(events().empty());
  said("like", 0, "a");
  said("like", 0, "a");
  ASSERT_EQ(events().size(), 2u);
  const Event shown = events()[0];
  EXPECT_EQ(shown.kind, EventKind::kShown);
  EXPECT_EQ(events()[1].kind, EventKind::kLike);
  ASSERT_TRUE(shown.deal.has_value());
  EXPECT_EQ(shown.deal->policy, cards[0].at("policy").get<std::string>());
  EXPECT_DOUBLE_EQ(shown.deal->probability, cards[0].at("probability").get<double>());
  EXPECT_DOUBLE_EQ(shown.deal->prediction, cards[0].at("prediction").get<double>());
  EXPECT_EQ(shown.deal->place, 0);
  EXPECT_EQ(shown.deal->after, 0);
  // Seen, and only then swiped: one impression.
  const Json seen = said("shown", 1, "s1");
  EXPECT_EQ(said("shown", 1, "s1"), seen) << "a reload logs nothing twice";
  said("skip", 1, "b");
  ASSERT_EQ(events().size(), 4u);
  EXPECT_EQ(events()[2].id, seen.at("event_id"));
  EXPECT_EQ(events()[2].deal->place, 1);
  EXPECT_EQ(events()[3].kind, EventKind::kSkip);
  // A look that was found elsewhere was not dealt.
  std::string found;
  for (const auto& id : server.workspace.ids)
    if (std::ranges::none_of(cards, [&](const Json& card) { return card.at("id") == id; })) found = id;
  client.post("/api/feedback", {{"kind", "save"}, {"id", found}});
  EXPECT_EQ(events().size(), 5u);
}

TEST(Deck, SaysWhichLikedLooksCarryACardAndWhatItsScoreIsMadeOf) {
  TestServer server(40);
  HttpClient client = server.client();
  client.get("/api/deck?k=1");
  for (std::size_t i = 0; i < 6; ++i)
    client.post("/api/feedback", {{"kind", i % 2 == 0 ? "like" : "dislike"}, {"id", server.workspace.ids[i]}});
  const Json cards = client.get("/api/deck?k=4&explain=1").json().at("cards");
  std::size_t named = 0;
  for (const Json& card : cards) {
    double sum = 0;
    for (const Json& part : card.at("parts")) sum += part.at("value").get<double>();
    EXPECT_NEAR(sum, card.at("score").get<double>(), 1e-5);
    EXPECT_LE(card.at("because").size(), 3u);
    for (const Json& reason : card.at("because")) {
      ++named;
      const auto at = std::ranges::find(server.workspace.ids, reason.at("id").get<std::string>());
      EXPECT_EQ((at - server.workspace.ids.begin()) % 2, 0) << "a disliked look is no reason";
    }
  }
  EXPECT_GT(named, 0u);
  EXPECT_FALSE(client.get("/api/deck?k=1").json().at("cards")[0].contains("parts"));
}

TEST(Deck, WritesNothingForWhoOnlyLooks) {
  TestServer server(12);
  HttpClient looker = server.client();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(server.client().get("/api/deck?k=5").status, 200);
    EXPECT_EQ(looker.get("/api/deck?k=5").status, 200);
  }
  EXPECT_EQ(looker.get("/api/users/anna/deck", testing::kBearer).status, 200);
  HttpClient swiper = server.swiper();  // waits for all writes before its own
  EXPECT_EQ(server.workspace.catalog.users(), std::vector<std::string>{testing::user_of(swiper)});
}

TEST(Deck, NeverDealsWhatLiesOnTheTableOrWasSwiped) {
  TestServer server(12);
  HttpClient client = server.client();
  std::set<std::string> seen = card_ids(client.get("/api/deck?k=6"));
  std::string table;
  for (const auto& id : seen) {
    if (table.empty())
      client.post("/api/feedback", {{"kind", "like"}, {"id", id}});
    else
      table += ",";
    table += id;
  }
  const auto rest = card_ids(client.get("/api/deck?k=50&on_table=" + table));
  EXPECT_EQ(rest.size(), 6u);
  for (const auto& id : rest) EXPECT_FALSE(seen.contains(id));
  EXPECT_TRUE(card_ids(client.get("/api/deck?k=50&filter=style%20%3D%20Nothing")).empty());
}

TEST(Deck, TellsAnEmptyWorkspaceFromASeenOne) {
  TestServer server(0);
  HttpClient client = server.client();
  const Json empty = client.get("/api/deck").json();
  EXPECT_EQ(empty.at("images"), 0);
  EXPECT_TRUE(empty.at("cards").empty());
}

TEST(Deck, ShowsLooksThatWereEmbeddedWhileTheServerRuns) {
  TestServer server(3);
  HttpClient client = server.client();
  EXPECT_EQ(card_ids(client.get("/api/deck?k=50")).size(), 3u);
  ImageRecord late;
  late.id = "0123456789abcdef01234567";
  late.file = "images/late.jpg";
  late.format = "jpeg";
  const LookKey look = server.workspace.catalog.add_image(late).key;
  Matrix vector(1, kDim);
  vector.row(0)[0] = 1;
  server.workspace.catalog.put_vectors(testing::kGeneration, {&look, 1}, vector);
  EXPECT_TRUE(card_ids(client.get("/api/deck?k=50")).contains(late.id));
}

TEST(Feedback, ReachesTheDatabaseAndUndoTakesItBack) {
  TestServer server(12);
  HttpClient client = server.client();
  const std::string id = *card_ids(client.get("/api/deck?k=1")).begin();
  const Answer like = client.post("/api/feedback", {{"kind", "like"}, {"id", id}});
  ASSERT_EQ(like.status, 200);
  const auto events = testing::swipes_of(server, testing::user_of(client));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].id, like.json().at("event_id"));
  EXPECT_EQ(events[0].kind, EventKind::kLike);
  EXPECT_FALSE(card_ids(client.get("/api/deck?k=50")).contains(id));

  const Answer undo = client.post("/api/feedback", {{"kind", "undo"}});
  ASSERT_EQ(undo.status, 200);
  EXPECT_EQ(undo.json().at("id"), id);
  EXPECT_EQ(undo.json().at("card").at("id"), id);
  EXPECT_TRUE(card_ids(client.get("/api/deck?k=50")).contains(id));
  EXPECT_EQ(client.post("/api/feedback", {{"kind", "undo"}}).status, 404);
}

TEST(Feedback, CountsARepeatedSwipeOnce) {
  TestServer server(3);
  HttpClient client = server.client();
  client.get("/api/deck");
  const std::string id = server.workspace.ids[0];
  const auto send = [&](const char* kind) {
    return client.post("/api/feedback", {{"kind", kind}, {"id", id}}).json().at("event_id").get<std::int64_t>();
  };
  const auto like = send("like");
  EXPECT_EQ(send("like"), like);
  const auto undo = send("undo");
  EXPECT_EQ(send("undo"), undo);
  EXPECT_NE(send("like"), like);  // a like after an undo is a new one
  EXPECT_NE(send("save"), like);  // and so is a change of mind
  EXPECT_EQ(testing::swipes_of(server, testing::user_of(client)).size(), 4u);
}

TEST(Feedback, TakesBackTheNamedSwipeOnceHoweverOftenItIsSent) {
  TestServer server(6);
  HttpClient client = server.client(), other = server.swiper();
  client.get("/api/deck");
  const auto swipe = [&](const char* kind, std::size_t i) {
    const Json answer = client.post("/api/feedback", {{"kind", kind}, {"id", server.workspace.ids[i]}}).json();
    return answer.at("event_id").get<std::int64_t>();
  };
  const auto undo = [&](std::int64_t event) {
    return client.post("/api/feedback", {{"kind", "undo"}, {"event_id", event}});
  };
  const std::int64_t first = swipe("like", 1), second = swipe("save", 2), changed = swipe("dislike", 2);
  const Answer taken_back = undo(first);
  ASSERT_EQ(taken_back.status, 200) << taken_back.body;
  EXPECT_EQ(taken_back.json().at("id"), server.workspace.ids[1]);
  EXPECT_EQ(taken_back.json().at("card").at("id"), server.workspace.ids[1]);
  // An answer that was lost: the same undo again takes no other swipe back.
  EXPECT_EQ(undo(first).json(), taken_back.json());
  EXPECT_EQ(client.get("/api/taste").json().at("dislikes"), 1);
  const Answer change = undo(changed);
  ASSERT_EQ(change.status, 200);
  EXPECT_EQ(client.get("/api/taste").json().at("saves"), 1);  // stands again
  EXPECT_EQ(undo(second).status, 200);
  EXPECT_EQ(undo(changed).json(), change.json());  // not the latest undo
  EXPECT_EQ(client.get("/api/taste").json().at("saves"), 0);

  const auto of_other = testing::swipes_of(server, testing::user_of(other)).at(0).id;
  EXPECT_EQ(undo(of_other).status, 404);
  EXPECT_EQ(undo(taken_back.json().at("event_id").get<std::int64_t>()).status, 404);  // an undo is no swipe
  EXPECT_EQ(undo(-1).status, 404);
}

TEST(Feedback, CountsOnceWhatManyConnectionsSendAtTheSameTime) {
  TestServer server(3);
  HttpClient first = server.client();
  first.get("/api/deck");
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      HttpClient client = server.client();
      client.cookie = first.cookie;
      EXPECT_EQ(client.post("/api/feedback", {{"kind", "save"}, {"id", server.workspace.ids[1]}}).status, 200);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(testing::swipes_of(server, testing::user_of(first)).size(), 1u);
}

TEST(Feedback, SaysWhatIsWrongWithABody) {
  TestServer server(3);
  HttpClient client = server.client();
  EXPECT_EQ(client.post("/api/feedback", {{"kind", "like"}, {"id", server.workspace.ids[0]}}).status, 401);
  client.get("/api/deck");
  const auto status = [&](const Json& body) { return client.post("/api/feedback", body).status; };
  EXPECT_EQ(status({{"kind", "adore"}, {"id", server.workspace.ids[0]}}), 400);
  EXPECT_EQ(status({{"kind", "quiz"}, {"id", server.workspace.ids[0]}}), 400);
  EXPECT_EQ(status({{"kind", "like"}}), 400);
  EXPECT_EQ(status({{"kind", "like"}, {"id", 5}}), 400);
  EXPECT_EQ(status({{"kind", "like"}, {"id", "nobody"}}), 404);
  EXPECT_EQ(status(Json::array()), 400);
  const std::string id = server.workspace.ids[0];
  EXPECT_EQ(status({{"kind", "like"}, {"id", id}, {"event_id", 1}}), 400);
  EXPECT_EQ(status({{"kind", "undo"}, {"id", id}, {"event_id", 1}}), 400);
  EXPECT_EQ(status({{"kind", "undo"}, {"event_id", "1"}}), 400);
  for (const std::string& key : {std::string(), std::string(65, 'k'), std::string("a b"), std::string("\x01")})
    EXPECT_EQ(status({{"kind", "like"}, {"id", id}, {"key", key}}), 400) << key;
  EXPECT_EQ(status({{"kind", "like"}, {"id", id}, {"key", 5}}), 400);
  EXPECT_EQ(client.request("POST", "/api/feedback", "{", "Content-Type: application/json\r\n").error_kind(), "input");
  EXPECT_EQ(client.request("POST", "/api/feedback", "", "Content-Type: application/json\r\n").status, 400);
  EXPECT_TRUE(testing::swipes_of(server, testing::user_of(client)).empty());
  EXPECT_EQ(status({{"kind", "like"}, {"id", id}, {"key", std::string(64, 'k')}}), 200);
}

TEST(Person, SeesWhatTheySavedTheirTasteAndCanBeForgotten) {
  TestServer server(12);
  HttpClient client = server.client();
  EXPECT_TRUE(client.get("/api/saved").json().at("saved").empty());  // no session, no error
  client.get("/api/deck");
  const auto& ids = server.workspace.ids;
  for (const int i : {0, 3, 1})
    client.post("/api/feedback", {{"kind", "save"}, {"id", ids[static_cast<std::size_t>(i)]}});
  client.post("/api/feedback", {{"kind", "like"}, {"id", ids[6]}});
  client.post("/api/feedback", {{"kind", "dislike"}, {"id", ids[2]}});
  client.post("/api/feedback", {{"kind", "undo"}, {"id", ids[3]}});

  const Json saved = client.get("/api/saved").json().at("saved");
  ASSERT_EQ(saved.size(), 2u);
  EXPECT_EQ(saved[0].at("id"), ids[1]);  // the newest first
  EXPECT_EQ(saved[1].at("id"), ids[0]);
  const Json taste = client.get("/api/taste").json();
  EXPECT_EQ(taste.at("likes"), 1);
  EXPECT_EQ(taste.at("saves"), 2);
  EXPECT_EQ(taste.at("dislikes"), 1);
  ASSERT_EQ(taste.at("top").size(), 1u) << "Street was disliked as often as liked";
  EXPECT_EQ(taste.at("top")[0].at("value"), "Retro");
  EXPECT_EQ(taste.at("top")[0].at("count"), 2);
  EXPECT_EQ(taste.at("top")[0].at("swiped"), 2);
  EXPECT_GT(taste.at("top")[0].at("lift"), 1);

  const std::string user = testing::user_of(client);
  const Answer forgotten = client.post("/api/forget", Json::object());
  EXPECT_GE(forgotten.json().at("events").get<int>(), 6);
  EXPECT_TRUE(client.get("/api/saved").json().at("saved").empty());
  EXPECT_NE(forgotten.header("set-cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(server.workspace.catalog.event_count(user), 0);
}

TEST(Quiz, PicksShapeTheDeckAreNoSwipesAndCanBeChanged) {
  TasteSettings by_style;
  by_style.label = "style";
  by_style.explore = 0;
  TestServer server(60, testing::test_options(), nullptr, nullptr, nullptr, by_style);
  HttpClient client = server.client();
  client.get("/api/deck?k=1");
  const Json offer = client.get("/api/quiz").json();
  EXPECT_EQ(offer.at("label"), "style");
  ASSERT_EQ(offer.at("values").size(), 2u);
  EXPECT_EQ(offer.at("values")[0].at("value"), "Street") << "of most looks first";
  EXPECT_TRUE(offer.at("values")[0].at("look").at("id").is_string());
  const auto retro = [&] {
    std::size_t n = 0;
    const Json cards = client.get("/api/deck?k=10").json().at("cards");
    for (const Json& card : cards) n += card.at("labels").at("style")[0] == "Retro";
    return n;
  };
  EXPECT_EQ(client.post("/api/quiz", {{"labels", {"Punk"}}}).status, 400);
  EXPECT_EQ(client.post("/api/quiz", {{"styles", {"Retro"}}}).status, 400);
  ASSERT_EQ(client.post("/api/quiz", {{"labels", {"Retro"}}, {"key", "q"}}).status, 200);
  EXPECT_EQ(client.get("/api/quiz").json().at("picked").at("labels"), Json({"Retro"}));
  const std::size_t picked = retro();
  EXPECT_GE(picked, 6u) << "a third of all looks is Retro";
  ASSERT_EQ(client.post("/api/quiz", {{"labels", {"Street"}}, {"looks", {server.workspace.ids[1]}}}).status, 200);
  EXPECT_LE(retro(), 3u);
  EXPECT_EQ(client.get("/api/taste").json().at("likes"), 0);
  EXPECT_EQ(client.get("/api/quiz").json().at("picked").at("looks"), Json({server.workspace.ids[1]}));
}

TEST(Forget, EndsTheSessionForGoodThoughASwipeIsStillOnItsWay) {
  TestServer server(6);
  HttpClient client = server.swiper();
  const std::string user = testing::user_of(client), cookie = client.cookie;
  EXPECT_GE(client.post("/api/forget", Json::object()).json().at("events").get<int>(), 1);
  const Json swipe = {{"kind", "like"}, {"id", server.workspace.ids[1]}};
  for (const std::string& late : {cookie, cookie.substr(0, std::string("ootd_session=").size() + 32)}) {
    client.cookie = late;
    EXPECT_EQ(client.post("/api/feedback", swipe).status, 401);
    EXPECT_TRUE(server.workspace.catalog.users().empty());
    EXPECT_TRUE(client.get("/api/saved").json().at("saved").empty());
  }
  // The next deck brings another session, which works.
  client.cookie = cookie;
  EXPECT_EQ(client.get("/api/deck").status, 200);
  EXPECT_NE(testing::user_of(client), user);
  EXPECT_EQ(client.post("/api/feedback", swipe).status, 200);
  EXPECT_EQ(server.workspace.catalog.users(), std::vector<std::string>{testing::user_of(client)});
}

TEST(Forget, OfWhoDidNothingWritesNothing) {
  TestServer server(6);
  server.swiper();  // so that there is something in the log that a checkpoint would empty
  const auto log_size = [&] { return std::filesystem::file_size(server.workspace.home() / "catalog.db-wal"); };
  const auto before = log_size();
  ASSERT_GT(before, 0u);
  HttpClient looker = server.client();
  looker.get("/api/deck");
  for (const std::string& cookie : {looker.cookie, std::string(), "ootd_session=" + std::string(32, 'a')}) {
    HttpClient client = server.client();
    client.cookie = cookie;
    const Answer answer = client.post("/api/forget", Json::object());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json().at("events"), 0);
    EXPECT_EQ(log_size(), before) << cookie;
  }
}

}  // namespace
}  // namespace ootd
