#include "ootd/ingest/vector_json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "ootd/base/json.h"
#include "ootd/base/random.h"

namespace ootd {
namespace {

TEST(VectorJson, AnyFiniteFloatComesBackBitForBit) {
  Random random(3);
  ImageRecord image;
  image.id = "a";
  for (int round = 0; round < 300; ++round) {
    std::vector<float> vector(256);
    for (float& value : vector) {
      do value = std::bit_cast<float>(static_cast<std::uint32_t>(random.next()));
      while (!std::isfinite(value));
    }
    std::string text;
    append_vector_json(text, image, vector);
    const VectorRecord record = parse_vector_line(text);
    ASSERT_EQ(record.problem, "");
    ASSERT_TRUE(std::ranges::equal(std::as_bytes(std::span(record.values)), std::as_bytes(std::span(vector)))) << text;
  }
}

// Of the two floats around it, 1.00000017881393432617187499 is nearer to the lower one by its last digit, which a
// double cannot hold: read by way of a double it lies in the middle and goes up to the even one.
TEST(VectorJson, ReadsDigitsWithoutADetourOverDouble) {
  const VectorRecord record = parse_vector_line(R"({"id":"a","values":[1.00000017881393432617187499]})");
  ASSERT_EQ(record.values.size(), 1u);
  EXPECT_EQ(record.values[0], std::nextafter(1.0f, 2.0f));
  EXPECT_NE(static_cast<float>(1.00000017881393432617187499), record.values[0]) << "the example shows nothing";
}

// The slow twin: a tree of the whole line, and the rule in one place.
std::optional<std::vector<float>> values_by_tree(const Json& record) {
  const auto found = record.find("values");
  if (found == record.end() || !found->is_array()) return std::nullopt;
  const Json& list = found->size() == 1 && found->front().is_array() ? found->front() : *found;
  std::vector<float> values;
  for (const Json& value : list) {
    if (!value.is_number()) return std::nullopt;
    values.push_back(value.get<float>());
  }
  if (values.empty()) return std::nullopt;
  return values;
}

Json random_json(Random& random, int depth) {
  switch (random.below(depth > 0 ? 10 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return "text";
    case 2:
      return true;
    case 3:
    case 4:
    case 5:
    case 6:
      return static_cast<int>(random.below(100));
    case 7: {
      Json object = Json::object();
      for (const char* key : {"id", "values", "metadata", "vectors", "url"})
        if (random.below(3) == 0) object[key] = random_json(random, depth - 1);
      return object;
    }
    default: {
      Json list = Json::array();
      const auto size = random.below(3);
      const Json item = random_json(random, depth - 1);
      for (std::uint64_t i = 0; i < size; ++i)
        list.push_back(random.below(4) > 0 ? item : random_json(random, depth - 1));
      return list;
    }
  }
}

TEST(VectorJson, AcceptsWhatATreeOfTheLineAccepts) {
  Random random(7);
  int good = 0, bad = 0;
  for (int round = 0; round < 20'000; ++round) {
    Json record = {{"id", "a"}};
    for (const char* key : {"aside", "metadata", "values", "zebra"})
      if (random.below(6) > 0) record[key] = random_json(random, 4);
    const std::string text = dump_json(record);
    const auto expected = values_by_tree(record);
    const VectorRecord found = parse_vector_line(text);
    ASSERT_EQ(found.problem.empty(), expected.has_value()) << text << "\n" << found.problem;
    if (expected) {
      ASSERT_EQ(found.values, *expected) << text;
    }
    ++(expected ? good : bad);

    // The same record within a document, between others.
    std::vector<std::string> places;
    parse_vector_document("{\"zero\": [[{}]], \"vectors\": [null, " + text + ", 3], \"namespace\": {\"vectors\": 1}}",
                          "f", [&](const VectorRecord& again, const std::string& place) {
                            places.push_back(place);
                            if (places.size() != 2) return;
                            EXPECT_EQ(again.problem, found.problem);
                            EXPECT_EQ(again.values, found.values);
                            EXPECT_EQ(again.image_names, found.image_names);
                          });
    ASSERT_EQ(places, (std::vector<std::string>{"vectors[0]", "vectors[1]", "vectors[2]"}));
  }
  EXPECT_GT(good, 500);
  EXPECT_GT(bad, 1000);
}

TEST(VectorJson, AReasonStaysShortForALongDamagedLine) {
  const VectorRecord record = parse_vector_line("{\"id\": \"" + std::string(1 << 20, 'x'));
  EXPECT_TRUE(record.problem.starts_with("not valid JSON at byte "));
  EXPECT_LT(record.problem.size(), 300u);
}

}  // namespace
}  // namespace ootd
