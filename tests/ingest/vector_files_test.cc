#include "ootd/ingest/vector_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/npy.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using Vector = std::vector<float>;

Generation seen_whole(const std::string& model) { return {model, ""}; }

class VectorFilesTest : public ::testing::Test {
 protected:
  VectorFilesTest() : catalog_(home_.path() / "home") {}
  ~VectorFilesTest() override { EXPECT_EQ(catalog_.verify(), std::vector<std::string>{}); }

  static ImageRecord image(const std::string& id, const std::string& source = "", std::vector<Label> labels = {}) {
    ImageRecord record;
    record.id = id;
    record.source = source;
    record.labels = std::move(labels);
    return record;
  }
  void put(const std::string& model, std::uint64_t number, const Vector& vector) {
    const LookKey look{number};
    Matrix matrix(1, vector.size());
    std::ranges::copy(vector, matrix.row(0).begin());
    catalog_.put_vectors(seen_whole(model), {&look, 1}, matrix);
  }
  std::optional<Vector> vector_of(const std::string& model, std::uint64_t number) const {
    return catalog_.vector(seen_whole(model), LookKey{number});
  }
  std::filesystem::path path(const std::string& name) const { return home_.path() / name; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    write_file_atomically(path(name), std::as_bytes(std::span(text)), /*durable=*/false);
    return path(name);
  }
  VectorFileReport import(const std::string& name, const std::string& text) {
    return import_vectors(catalog_, seen_whole("m"), write(name, text));
  }
  // place -> reason, the folder cut off.
  std::map<std::string, std::string> rejected(const VectorFileReport& report) const {
    std::map<std::string, std::string> reasons;
    for (const Failure& failure : report.rejected) {
      EXPECT_EQ(failure.stage, "vectors");
      EXPECT_TRUE(failure.item.starts_with(home_.path().string() + "/")) << failure.item;
      reasons[failure.item.substr(home_.path().string().size() + 1)] = failure.reason;
    }
    EXPECT_EQ(reasons.size(), report.rejected.size()) << "a place was named twice";
    return reasons;
  }
  template <class Action>
  static std::string error_of(Kind kind, const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
  std::size_t files_beside_home() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(home_.path())) count += entry.path() != path("home");
    return count;
  }

  const ootd::testing::TempDir home_;
  SqliteCatalog catalog_;
};

TEST_F(VectorFilesTest, AStoppedImportGoesOnWithoutWritingWhatIsThere) {
  constexpr int kImages = 5000;  // more than two steps
  std::string lines;
  {
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < kImages; ++i) {
      catalog_.add_image(image("id" + std::to_string(i)));
      lines += R"({"id": "id)" + std::to_string(i) + R"(", "values": [0, )" + (i % 2 ? "1" : "-1") + "]}\n";
    }
    batch.commit();
  }
  std::stop_source stop;
  Progress progress{
      .on_update = [&](std::string_view, std::int64_t, std::int64_t, std::string_view) { stop.request_stop(); },
      .stop = stop.get_token()};
  EXPECT_THROW(import_vectors(catalog_, seen_whole("m"), write("v.jsonl", lines), progress), Stopped);
  const auto kept = catalog_.vector_count(seen_whole("m"));
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, kImages);
  const auto cursor = catalog_.changes_after(seen_whole("m"), {}, kImages).cursor;
  const auto report = import("v.jsonl", lines);
  EXPECT_EQ(report.rows, kImages);
  EXPECT_EQ(report.there, kept);
  const auto newer = catalog_.changes_after(seen_whole("m"), cursor, kImages).changes;
  EXPECT_EQ(static_cast<std::int64_t>(newer.size()), kImages - kept) << "what was there was written anew";
}

TEST_F(VectorFilesTest, EveryFormatGivesTheSameFloatsInAnotherCatalog) {
  constexpr int kImages = 3000, kDim = 24;  // more than a page, more than a batch
  Random random(5);
  std::vector<Vector> vectors(kImages, Vector(kDim));
  {
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < kImages; ++i) {
      catalog_.add_image(image("id" + std::to_string(i), "photos/" + std::to_string(i) + ".jpg"));
      for (float& value : vectors[i]) value = static_cast<float>(random.normal());
      vectors[i][1] = -0.0f;
      vectors[i][2] = std::numeric_limits<float>::denorm_min();
      vectors[i][3] = -std::numeric_limits<float>::min();
      normalize(vectors[i]);
      put("m", static_cast<std::uint64_t>(i + 1), vectors[i]);
    }
    batch.commit();
  }
  for (const char* name : {"v.npy", "v.jsonl", "v.json"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(export_vectors(catalog_, seen_whole("m"), path(name)).rows, kImages);
    const ootd::testing::TempDir other_home;
    SqliteCatalog other(other_home.path());
    {
      Catalog::Batch batch(other);
      for (int i = kImages; --i >= 0;) other.add_image(image("id" + std::to_string(i)));  // other rows
      batch.commit();
    }
    const auto report = import_vectors(other, seen_whole("renamed"), path(name));
    EXPECT_EQ(report.rows, kImages);
    EXPECT_TRUE(report.rejected.empty());
    for (int i = 0; i < kImages; ++i) {
      const auto found = other.vector(seen_whole("renamed"), static_cast<LookKey>(kImages - i));
      ASSERT_TRUE(found.has_value());
      ASSERT_TRUE(std::ranges::equal(std::as_bytes(std::span(*found)), std::as_bytes(std::span(vectors[i])))) << i;
    }
  }
}

TEST_F(VectorFilesTest, JsonHoldsIdsShortFloatsPathsAndLabelsInRowOrder) {
  catalog_.add_image(image("bb", "photos/b \"1\".jpg", {{"style", "Retro"}, {"style", "Street"}, {"split", "test"}}));
  catalog_.add_image(image("without"));
  catalog_.add_image(image("aa", "caf\xe9.jpg", {{"path", "shadowed"}}));
  put("m", 3, {0.1f, 1e-7f});
  put("m", 1, {1, -0.25f});
  put("other", 2, {1, 0});
  const std::string first =
      R"({"id":"bb","values":[1,-0.25],"metadata":{"path":"photos/b \"1\".jpg","split":"test","style":["Retro","Street"]}})";
  const std::string second = R"({"id":"aa","values":[0.1,1e-07],"metadata":{"path":"caf)"
                             "\xef\xbf\xbd"
                             R"(.jpg"}})";
  EXPECT_EQ(export_vectors(catalog_, seen_whole("m"), path("v.jsonl")).rows, 2);
  EXPECT_EQ(read_text(path("v.jsonl")), first + "\n" + second + "\n");
  EXPECT_EQ(export_vectors(catalog_, seen_whole("m"), path("v.json")).rows, 2);
  EXPECT_EQ(read_text(path("v.json")), "{\"vectors\":[\n" + first + ",\n" + second + "\n],\"namespace\":\"m\"}\n");
  EXPECT_EQ(files_beside_home(), 2u) << "temporary files stayed";
}

TEST_F(VectorFilesTest, NpyHasItsIdsBesideIt) {
  for (const char* id : {"c", "b", "a"}) catalog_.add_image(image(id));
  put("m", 3, {0, 1});
  put("m", 1, {1, 0});
  EXPECT_EQ(export_vectors(catalog_, seen_whole("m"), path("v.npy")).rows, 2);
  EXPECT_EQ(read_npy(path("v.npy")).shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(read_npy(path("v.npy")).values, (Vector{1, 0, 0, 1}));
  EXPECT_EQ(read_text(path("v.ids.txt")), "c\na\n");
  EXPECT_EQ(files_beside_home(), 2u);
}

TEST_F(VectorFilesTest, ExportSaysWhyItCannot) {
  catalog_.add_image(image("a"));
  EXPECT_EQ(error_of(Kind::kNotFound, [&] { export_vectors(catalog_, seen_whole("m"), path("v.json")); }),
            "model \"m\" has no vectors here; no model has; run `ootd embed` first");
  put("resnet", 1, {1});
  EXPECT_EQ(error_of(Kind::kNotFound, [&] { export_vectors(catalog_, seen_whole("m"), path("v.json")); }),
            "model \"m\" has no vectors here; those that have: resnet (1)");
  const auto text = error_of(Kind::kInput, [&] { export_vectors(catalog_, seen_whole("resnet"), path("v.csv")); });
  EXPECT_NE(text.find("v.csv"), std::string::npos);
  EXPECT_NE(text.find(".npy, .jsonl and .json"), std::string::npos);
  for (const char* name : {"none/v.json", "none/v.jsonl", "none/v.npy"})
    error_of(Kind::kUnavailable, [&] { export_vectors(catalog_, seen_whole("resnet"), path(name)); });
  EXPECT_EQ(files_beside_home(), 0u);
}

TEST_F(VectorFilesTest, ImportRefusesWhatIsNoVectorFile) {
  const auto refuse = [&](Kind kind, const std::string& name) {
    return error_of(kind, [&] { import_vectors(catalog_, seen_whole("m"), path(name)); });
  };
  EXPECT_NE(refuse(Kind::kInput, "v.txt").find(".npy, .jsonl and .json"), std::string::npos);
  refuse(Kind::kNotFound, "v.npy");
  refuse(Kind::kNotFound, "v.jsonl");
  refuse(Kind::kNotFound, "v.json");
  std::filesystem::create_directory(path("folder.json"));
  refuse(Kind::kInput, "folder.json");
  for (const char* text : {"", "3", "\"text\"", "{}", R"({"vectors": 3})", R"({"vectors": {"a": {}}})", "null"}) {
    SCOPED_TRACE(text);
    write("v.json", text);
    EXPECT_NE(refuse(Kind::kInput, "v.json").find("v.json: "), std::string::npos);
  }
  write("v.json", std::string(100'000, '['));
  EXPECT_NE(refuse(Kind::kInput, "v.json").find("nested deeper than 64"), std::string::npos);
  write("ok.jsonl", "");
  EXPECT_NE(error_of(Kind::kInput, [&] { import_vectors(catalog_, seen_whole(""), path("ok.jsonl")); }).find("name"),
            std::string::npos);
}

TEST_F(VectorFilesTest, ABadLineIsRejectedWithItsNumberAndReasonAndTheRestGoesOn) {
  for (const char* id : {"a", "b", "c", "d", "12"}) catalog_.add_image(image(id));
  const auto report = import("v.jsonl",
                             "\xef\xbb\xbf{\"id\": \"a\", \"values\": [0, 0]}\r\n"                   // 1: a zero vector
                             "{\"id\": \"a\", \"values\": [3, 4], \"metadata\": {\"x\": [{}]}}\r\n"  // 2: good
                             "\n"
                             "{\"id\": \"a\", \"values\": [1, 0]}\n"                // 4: a again
                             "{\"id\": \"z\", \"values\": [1, 0]}\n"                // 5: unknown
                             "{\"id\": \"b\", \"values\": [1, 0, 0]}\n"             // 6: too long
                             "{\"id\": \"b\", \"values\": [1, 1e39]}\n"             // 7: infinite in float32
                             "{\"id\": \"b\", \"values\": [1, 1e999]}\n"            // 8: infinite in double
                             "{\"id\": \"b\", \"values\": [1, NaN]}\n"              // 9: Python's JSON
                             "{\"id\": \"b\", \"values\": [1, null]}\n"             // 10: JavaScript's NaN
                             "{\"id\": \"b\", \"values\": [\"1\", 0]}\n"            // 11
                             "{\"id\": \"b\", \"values\": \"1 0\"}\n"               // 12
                             "{\"id\": \"b\", \"values\": []}\n"                    // 13
                             "{\"id\": \"b\"}\n"                                    // 14
                             "{\"values\": [1, 0]}\n"                               // 15
                             "{\"id\": null, \"values\": [1, 0]}\n"                 // 16
                             "[1, 0]\n"                                             // 17
                             "{\"id\": \"b\", \"values\": [1, 0]\n"                 // 18: cut off
                             "{\"id\": \"b\", \"values\": [1, 0]} {}\n"             // 19
                             "{\"id\": \"b\xff\", \"values\": [1, 0]}\n"            // 20: no UTF-8
                             "{\"id\": 1.5, \"values\": [1, 0]}\n"                  // 21
                             "{\"id\": \"b\", \"values\": {\"0\": 1, \"1\": 0}}\n"  // 22
                             "{\"id\": \"b\", \"values\": [[1, 0], [0, 1]]}\n"      // 23
                             "{\"id\": \"b\", \"values\": [[1], 0]}\n"              // 24
                             "{\"id\": \"b\", \"values\": [1, [0]]}\n"              // 25
                             "{\"id\": \"b\", \"values\": [[[1, 0]]]}\n" +          // 26
                                 std::string(100'000, '[') +
                                 "\n"                                     // 27
                                 "{\"id\": 12, \"values\": [0, 2]}\n"     // 28: good, a number as id
                                 "{\"values\": [0, 1], \"id\": \"c\"}");  // 29: good, no line end
  const auto reasons = rejected(report);
  const std::map<std::string, std::string> expected = {
      {"v.jsonl:1", "id \"a\": the values are all 0, which points nowhere"},
      {"v.jsonl:4", "id \"a\": its image has a vector earlier in this file, which is kept"},
      {"v.jsonl:5", "id \"z\": no image has this id; import the photos first"},
      {"v.jsonl:6", "id \"b\": 3 values, but the vectors of model m have 2"},
      {"v.jsonl:7", "id \"b\": values[1] is no finite float32 number"},
      {"v.jsonl:8", "not valid JSON at byte 31: number overflow parsing '1e999'"},
      {"v.jsonl:10", "id \"b\": values[1] is null instead of a number"},
      {"v.jsonl:11", "id \"b\": values[0] is text instead of a number"},
      {"v.jsonl:12", "id \"b\": field \"values\" is text instead of a list of numbers"},
      {"v.jsonl:13", "id \"b\": field \"values\" is missing or empty"},
      {"v.jsonl:14", "id \"b\": field \"values\" is missing or empty"},
      {"v.jsonl:15", "field \"id\" is missing or empty"},
      {"v.jsonl:16", "field \"id\" is null instead of text"},
      {"v.jsonl:17", "is a list instead of an object {\"id\": ..., \"values\": [...]}"},
      {"v.jsonl:21", "field \"id\" is a fraction instead of text"},
      {"v.jsonl:22", "id \"b\": field \"values\" is an object instead of a list of numbers"},
      {"v.jsonl:23", "id \"b\": field \"values\" is not one list of numbers"},
      {"v.jsonl:24", "id \"b\": field \"values\" is not one list of numbers"},
      {"v.jsonl:25", "id \"b\": field \"values\" is not one list of numbers"},
      {"v.jsonl:26", "id \"b\": field \"values\" is not one list of numbers"},
      {"v.jsonl:27", "nested deeper than 64"},
  };
  for (const auto& [place, reason] : expected) EXPECT_EQ(reasons.at(place), reason) << place;
  for (const char* damaged : {"v.jsonl:9", "v.jsonl:18", "v.jsonl:19", "v.jsonl:20"})
    EXPECT_TRUE(reasons.at(damaged).starts_with("not valid JSON at byte ")) << damaged << ": " << reasons.at(damaged);
  EXPECT_EQ(reasons.size(), expected.size() + 4);
  EXPECT_EQ(report.rows, 3);
  EXPECT_EQ(vector_of("m", 1), (Vector{0.6f, 0.8f})) << "scaled to length 1";
  EXPECT_EQ(vector_of("m", 2), std::nullopt);
  EXPECT_EQ(vector_of("m", 3), (Vector{0, 1}));
  EXPECT_EQ(vector_of("m", 5), (Vector{0, 1}));
}

TEST_F(VectorFilesTest, TheLengthIsThatOfTheModelIfItHasVectors) {
  catalog_.add_image(image("a"));
  catalog_.add_image(image("b"));
  put("m", 1, {1, 0, 0});
  const auto report =
      import("v.jsonl", "{\"id\": \"b\", \"values\": [1, 0]}\n{\"id\": \"b\", \"values\": [0, 0, 1]}\n");
  EXPECT_EQ(report.rows, 1);
  EXPECT_EQ(rejected(report).at("v.jsonl:1"), "id \"b\": 2 values, but the vectors of model m have 3");
  EXPECT_EQ(vector_of("m", 2), (Vector{0, 0, 1}));
}

TEST_F(VectorFilesTest, AnImportReplacesWhatIsThere) {
  catalog_.add_image(image("a"));
  put("m", 1, {1, 0});
  EXPECT_EQ(import("v.jsonl", "{\"id\": \"a\", \"values\": [0, 1]}").rows, 1);
  EXPECT_EQ(vector_of("m", 1), (Vector{0, 1}));
}

TEST_F(VectorFilesTest, ACutJsonlKeepsItsWholeLinesAndACutJsonIsRefusedAsAWhole) {
  for (const char* id : {"a", "b"}) catalog_.add_image(image(id, "p.jpg"));
  put("whole", 1, {0.6f, 0.8f});
  put("whole", 2, {-0.8f, 0.6f});
  export_vectors(catalog_, seen_whole("whole"), path("whole.jsonl"));
  export_vectors(catalog_, seen_whole("whole"), path("whole.json"));
  const std::string lines = read_text(path("whole.jsonl")), document = read_text(path("whole.json"));
  const std::size_t first_line = lines.find('\n');
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const auto report = import("cut.jsonl", lines.substr(0, n));
    const bool at_line_end = n == 0 || n == first_line || n == first_line + 1 || n == lines.size() - 1;
    ASSERT_EQ(report.rejected.size(), at_line_end ? 0u : 1u) << n;
    ASSERT_EQ(report.rows, n < first_line ? 0 : n < lines.size() - 1 ? 1 : 2) << n;
  }
  for (std::size_t n = 0; n < document.size() - 2; ++n) {  // the last two bytes are "}\n"
    write("cut.json", document.substr(0, n));
    error_of(Kind::kInput, [&] { import_vectors(catalog_, seen_whole("fresh"), path("cut.json")); });
  }
  EXPECT_EQ(catalog_.vector_count(seen_whole("fresh")), 0);
}

TEST_F(VectorFilesTest, FilesOfASystemWithOtherIdsAndKeysAndADeeperListAreRead) {
  catalog_.add_image(image("aaaa", "data/Casual/look one.jpg"));
  catalog_.add_image(image("bbbb", "https://bucket.example/Retro/%EA%B0%80.jpg?version=2"));
  catalog_.add_image(image("cccc", "data/Retro/twin.jpg"));
  catalog_.add_image(image("dddd", "data/Street/twin.jpg"));
  catalog_.add_image(image("eeee", "data/Street/e.jpg"));
  catalog_.add_image(image("ffff"));
  const std::string vectors = R"([
    {"id": "0", "values": [[1, 0]], "metadata": {"style": "Casual", "fulls3url": "https://s3.example/b/look%20one.jpg"}},
    {"id": 1, "values": [[0, 1]], "metadata": {"s3Url": "s3://b/x/가.jpg"}},
    {"id": "2", "values": [1, 0], "metadata": {"full_s3_url": "s3://b/twin.jpg"}},
    {"id": "3", "values": [1, 0], "metadata": {"url": "LOOK ONE.jpg"}},
    {"id": "cccc", "values": [0, 1], "metadata": {"url": "look one.jpg"}},
    {"id": "5", "values": [1, 0], "metadata": {"url": "e.jpg", "image": "look one.jpg"}},
    {"id": "6", "values": [1, 0], "metadata": {"url": "no-such.jpg", "Image-Path": "x/e.jpg"}},
    {"id": "7", "values": [1, 0], "metadata": {"s3Url": "e.jpg"}},
    [1, 0],
    {"id": "9", "values": [1, 0], "metadata": {"caption": "e.jpg", "url": null, "deep": {"url": "e.jpg"}}},
    {"id": "10", "values": [1, 0], "metadata": {"url": "s3://b/x/"}}
  ])";
  const std::map<std::string, std::string> expected = {
      {"[2]", "id \"2\": several images are called \"twin.jpg\": only an id tells which"},
      {"[3]", "id \"3\": no image has this id or is called \"LOOK ONE.jpg\"; import the photos first"},
      {"[5]", "id \"5\": its metadata names several images, the last one by \"look one.jpg\""},
      {"[7]", "id \"7\": its image has a vector earlier in this file, which is kept"},
      {"[8]", "is a list instead of an object {\"id\": ..., \"values\": [...]}"},
      {"[9]", "id \"9\": no image has this id; import the photos first"},
      {"[10]", "id \"10\": no image has this id or is called \"\"; import the photos first"},
  };
  int model_number = 0;
  for (const bool is_bare : {true, false}) {
    const std::string model = "m" + std::to_string(model_number++);
    write("v.json", is_bare ? vectors : R"({"count": [[1]], "vectors": )" + vectors + R"(, "namespace": "theirs"})");
    const auto report = import_vectors(catalog_, seen_whole(model), path("v.json"));
    EXPECT_EQ(report.rows, 4);
    std::map<std::string, std::string> named;
    for (const auto& [place, reason] : expected) named[(is_bare ? "v.json: " : "v.json: vectors") + place] = reason;
    EXPECT_EQ(rejected(report), named);
    EXPECT_EQ(vector_of(model, 1), (Vector{1, 0}));
    EXPECT_EQ(vector_of(model, 2), (Vector{0, 1}));
    EXPECT_EQ(vector_of(model, 3), (Vector{0, 1})) << "the id is stronger than the file name";
    EXPECT_EQ(vector_of(model, 5), (Vector{1, 0}));
  }
}

TEST_F(VectorFilesTest, NpyIsRefusedWithoutIdsThatFitAndRowsAreRejectedOneByOne) {
  for (const char* id : {"a", "b", "c"}) catalog_.add_image(image(id));
  Matrix matrix(5, 2);
  const Vector values = {3, 4, NAN, 1, INFINITY, 0, 0, 1, 1, 0};
  std::ranges::copy(values, matrix.values());
  write_npy(path("v.npy"), matrix);
  const auto refuse = [&](Kind kind) {
    return error_of(kind, [&] { import_vectors(catalog_, seen_whole("m"), path("v.npy")); });
  };
  EXPECT_NE(refuse(Kind::kNotFound).find("v.ids.txt: no such file"), std::string::npos);
  write("v.ids.txt", "a\nb\nc\nzz\n");
  EXPECT_NE(refuse(Kind::kInput).find("v.ids.txt: 4 ids for the 5 vectors of v.npy"), std::string::npos);
  write("v.ids.txt", "a\r\nb\r\nc\r\nzz\r\na");
  const auto report = import_vectors(catalog_, seen_whole("m"), path("v.npy"));
  EXPECT_EQ(report.rows, 1);
  EXPECT_EQ(rejected(report),
            (std::map<std::string, std::string>{
                {"v.npy: [1]", "id \"b\": values[0] is no finite float32 number"},
                {"v.npy: [2]", "id \"c\": values[0] is no finite float32 number"},
                {"v.npy: [3]", "id \"zz\": no image has this id; import the photos first"},
                {"v.npy: [4]", "id \"a\": its image has a vector earlier in this file, which is kept"}}));
  EXPECT_EQ(vector_of("m", 1), (Vector{0.6f, 0.8f}));
  write_npy(path("v.npy"), Matrix(5, 3));
  EXPECT_NE(refuse(Kind::kInput).find("vectors of length 3, but those of model m have 2"), std::string::npos);
  write("v.npy", "no array");
  refuse(Kind::kInput);
}

TEST_F(VectorFilesTest, AnExportWithoutItsOldIdsNeverMeetsNewVectors) {
  catalog_.add_image(image("a"));
  put("m", 1, {1, 0});
  export_vectors(catalog_, seen_whole("m"), path("v.npy"));
  std::filesystem::remove(path("v.ids.txt"));
  std::filesystem::create_directories(path("v.ids.txt") / "in the way");
  error_of(Kind::kUnavailable, [&] { export_vectors(catalog_, seen_whole("m"), path("v.npy")); });
  EXPECT_FALSE(std::filesystem::exists(path("v.npy")));
}

TEST_F(VectorFilesTest, BatchesDoNotChangeWhatIsADuplicate) {
  constexpr int kImages = 5000;
  std::string text;
  {
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < kImages; ++i) catalog_.add_image(image("id" + std::to_string(i)));
    batch.commit();
  }
  for (const char* values : {"[1, 0]", "[0, 1]"})
    for (int i = 0; i < kImages; ++i) text += "{\"id\": \"id" + std::to_string(i) + "\", \"values\": " + values + "}\n";
  const auto report = import("v.jsonl", text);
  EXPECT_EQ(report.rows, kImages);
  ASSERT_EQ(report.rejected.size(), static_cast<std::size_t>(kImages));
  EXPECT_TRUE(report.rejected[0].item.ends_with("v.jsonl:5001"));
  EXPECT_TRUE(report.rejected.back().item.ends_with("v.jsonl:10000"));
  for (std::uint64_t number = 1; number <= kImages; ++number) ASSERT_EQ(vector_of("m", number), (Vector{1, 0}));
}

}  // namespace
}  // namespace ootd
