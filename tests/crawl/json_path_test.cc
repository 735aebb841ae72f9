#include "ootd/crawl/json_path.h"

#include <gtest/gtest.h>

#include "tests/testing/message_of.h"

namespace ootd {
namespace {

std::string found_at(const char* path) {
  static const Json root =
      parse_json(R"({"data": {"list": [{"id": 1, "m": [{"p": "a"}, {"p": "b"}]}, {"id": 2, "m": []}],
                                          "a.b": true, "none": null}, "empty": []})",
                 "test");
  std::string text;
  for (const Json* value : JsonPath(path, "test").find(root)) text += (text.empty() ? "" : " ") + dump_json(*value);
  return text;
}

TEST(JsonPath, FindsInDocumentOrder) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"$.data.list[*].id", "1 2"},
      {"$.data.list[0].id", "1"},
      {"$.data.list[-1].id", "2"},
      {"$.data.list[*].m[*].p", "\"a\" \"b\""},
      {"$['data'][\"a.b\"]", "true"},
      {"$.data.list[2]", ""},
      {"$.data.list[-3]", ""},
      {"$.data.list.id", ""},
      {"$.nothing.at.all", ""},
      {"$.empty[*]", ""},
      {"$.data.list[0].*", "1 [{\"p\":\"a\"},{\"p\":\"b\"}]"},
      {"$.data.none", "null"},
      {"$.empty", "[]"},
  };
  for (const auto& [path, text] : kCases) EXPECT_EQ(found_at(path), text) << path;
}

TEST(JsonPath, MistakesAreNamedByTheirPlace) {
  const auto message = [](const char* path) { return testing::message_of([&] { JsonPath(path, "x.toml: [items]"); }); };
  EXPECT_EQ(message("data"), "x.toml: [items]: \"data\": a path begins with $ at character 1");
  for (const char* bad :
       {"", "$data", "$.", "$..a", "$.a[", "$.a[x]", "$.a[1", "$['a]", "$['a'", "$[99999999999999999999]"})
    EXPECT_NE(message(bad).find("at character"), std::string::npos) << bad;
}

TEST(JsonPath, SaysWhereItBreaks) {
  const Json root = parse_json(R"({"data": {"items": [], "total": 3}, "n": 1})", "test");
  const auto broken = [&](const char* path) { return JsonPath(path, "test").broken_at(root); };
  EXPECT_EQ(broken("$.data.list[*]"), "$.data has no \"list\"; it has: items, total");
  EXPECT_EQ(broken("$.n.list"), "$.n (number) has no .list");
  EXPECT_EQ(broken("$.n[*]"), "$.n is no list but: number");
  EXPECT_EQ(broken("$.data.items[0]"), "$.data.items (array of 0) has no [0]");
  EXPECT_EQ(broken("$.data.items[*]"), "");
}

}  // namespace
}  // namespace ootd
