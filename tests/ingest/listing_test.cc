#include "ootd/ingest/listing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "ootd/base/io.h"
#include "ootd/ingest/parquet.h"
#include "tests/ingest/photos.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
// A folder of files whose content does not matter where their names are those of photos.
class ListingTest : public ::testing::Test {
 protected:
  fs::path put(const std::string& name, const std::string& text = "x") {
    testing::put_text(root() / name, text);
    return root() / name;
  }
  const fs::path& root() const { return dir_.path(); }

  void list(const std::vector<fs::path>& paths, const fs::path& home = "/nowhere") {
    listed_.clear();
    Listing listing = list_photos(paths, "style", home, [&](Listed photo) { listed_.push_back(std::move(photo)); });
    readable_ = std::move(listing.readable);
    notes_ = std::move(listing.notes);
  }
  using Counts = std::map<std::string, std::int64_t>;
  static Counts counts(const Tallies& tallies) {
    Counts result;
    for (const auto& [kind, tally] : tallies) result[kind] = tally.count;
    return result;
  }
  void list_root() { list({root()}); }

  // Path relative to the root (or where a failure was) -> its labels "key=value,..." or its reason.
  std::vector<std::pair<std::string, std::string>> found() const {
    std::vector<std::pair<std::string, std::string>> result;
    for (const Listed& photo : listed_) {
      if (!photo.reason.empty()) {
        result.emplace_back("!" + fs::path(photo.where).lexically_relative(root()).string(), photo.reason);
        continue;
      }
      std::string labels;
      for (const Label& label : photo.labels) labels += (labels.empty() ? "" : ",") + label.key + "=" + label.value;
      result.emplace_back(photo.path.lexically_relative(root()).string(), labels);
    }
    return result;
  }
  using Found = std::vector<std::pair<std::string, std::string>>;

  const std::string& only_reason() const {
    static const std::string kNone = "(not exactly one failure)";
    const auto is_failure = [](const Listed& photo) { return !photo.reason.empty(); };
    if (std::ranges::count_if(listed_, is_failure) != 1) return kNone;
    return std::ranges::find_if(listed_, is_failure)->reason;
  }

  testing::TempDir dir_;
  std::vector<Listed> listed_;
  std::vector<std::string> readable_;
  ListingNotes notes_;
};

TEST_F(ListingTest, TheFirstFolderBelowTheGivenOneIsTheStyle) {
  put("plain.jpg");
  put("Retro/b.JPG");
  put("Retro/summer/a.jpeg");
  put("Chic/c.webp");
  list_root();
  EXPECT_EQ(found(), (Found{{"Chic/c.webp", "style=Chic"},
                            {"Retro/b.JPG", "style=Retro"},
                            {"Retro/summer/a.jpeg", "style=Retro"},
                            {"plain.jpg", ""}}));
  EXPECT_EQ(listed_[0].where, (root() / "Chic/c.webp").string());
}

TEST_F(ListingTest, ASplitFolderIsNoStyleAndTheOneBelowItIs) {
  put("train/Retro/a.jpg");
  put("train/b.jpg");
  put("validation/Chic/deep/c.jpg");
  put("Retro/test/d.jpg");
  list_root();
  EXPECT_EQ(found(), (Found{{"Retro/test/d.jpg", "style=Retro"},
                            {"train/Retro/a.jpg", "style=Retro,split=train"},
                            {"train/b.jpg", "split=train"},
                            {"validation/Chic/deep/c.jpg", "style=Chic,split=val"}}));
}

TEST_F(ListingTest, WhatIsNoPhotoIsCountedByKindAndSystemFilesAreNobodys) {
  for (const char* name :
       {"a.jpg", ".hidden.jpg", "._a.jpg", ".thumbs/t.jpg", "__MACOSX/a.jpg", ".DS_Store", "Thumbs.db", "notes.txt",
        "noextension", "b.TIF", "c.tif", "z.gif", "y.avif", "x.png", "clip.MP4"})
    put(name);
  put("result.json", "{}");
  put("prices.csv", "product,price\n1,2\n");
  list_root();
  EXPECT_EQ(found(), (Found{{"a.jpg", ""}, {"x.png", ""}, {"y.avif", ""}, {"z.gif", ""}}));
  EXPECT_EQ(counts(notes_.left_out), (Counts{{".mp4", 1},
                                             {".tif", 2},
                                             {"hidden", 2},
                                             {"noextension", 1},
                                             {"notes.txt", 1},
                                             {"prices.csv", 1},
                                             {"result.json", 1}}));
  EXPECT_EQ(notes_.left_out.at(".tif").first, (root() / "b.TIF").string());
}

TEST_F(ListingTest, ContentDecidesWhatAPhotoIs) {
  const std::string jpeg = "\xFF\xD8\xFF\xE0 and so on", png = "\x89PNG\r\n\x1A\n";
  for (const char* name : {"a.jfif", "b.jpe", "c.JPG!d", "d", "e.HEIC", "f.jpg_large", "g.dat", "h.txt", "i.json"})
    put(name, jpeg);
  put("j.unknown", png);
  list_root();
  EXPECT_EQ(listed_.size(), 10u);
  EXPECT_TRUE(std::ranges::all_of(listed_, [](const Listed& photo) { return photo.reason.empty(); }));
  EXPECT_TRUE(notes_.left_out.empty());
}

TEST_F(ListingTest, ManyNamesOfOneKindAreThatKind) {
  for (int i = 0; i < 30; ++i) put("t" + std::to_string(100 + i) + ".txt");
  put("a.jpg");
  list_root();
  EXPECT_EQ(notes_.left_out.size(), kNamedFiles + 1);
  EXPECT_EQ(notes_.left_out.at(".txt").count, 10);
}

TEST_F(ListingTest, FoldersThatOnlyHoldThingsAreNoStyle) {
  for (const char* name : {"images/Retro/a.jpg", "data/00000/b.jpg", "Train2017/Chic/c.jpg", "DCIM/100APPLE/d.jpg",
                           "val_images/e.jpg", "1990/f.jpg", "Test Images/g.jpg", "Old-Images/h.jpg"})
    put(name);
  list_root();
  EXPECT_EQ(found(), (Found{{"1990/f.jpg", "style=1990"},
                            {"DCIM/100APPLE/d.jpg", ""},
                            {"Old-Images/h.jpg", "style=Old-Images"},
                            {"Test Images/g.jpg", "split=test"},
                            {"Train2017/Chic/c.jpg", "style=Chic,split=train"},
                            {"data/00000/b.jpg", ""},
                            {"images/Retro/a.jpg", "style=Retro"},
                            {"val_images/e.jpg", "split=val"}}));
}

TEST_F(ListingTest, AStyleFolderOfMacosIsTheSameStyle) {
  put("\u1109\u1173\u1110\u1173\u1105\u1175\u11BA/a.jpg");
  put("\uC2A4\uD2B8\uB9BF/b.jpg");
  list_root();
  ASSERT_EQ(listed_.size(), 2u);
  EXPECT_EQ(listed_[0].labels, listed_[1].labels);
}

TEST_F(ListingTest, ALoopOfLinksEndsAndEachFolderIsListedOnceUnderItsOwnName) {
  put("z_real/a.jpg");
  fs::create_directory_symlink(root(), root() / "z_real/up");
  fs::create_directory_symlink(root() / "z_real", root() / "a_link");
  const testing::TempDir other;
  write_file_atomically(other.path() / "b.jpg", {}, false);
  fs::create_directory_symlink(other.path(), root() / "Linked");
  list_root();
  EXPECT_EQ(found(), (Found{{"z_real/a.jpg", "style=z_real"}, {"Linked/b.jpg", "style=Linked"}}));
}

TEST_F(ListingTest, NeverWalksIntoTheWorkspace) {
  put("a.jpg");
  put("ootd-home/images/ab/abc.jpg");
  list({root()}, root() / "ootd-home");
  EXPECT_EQ(found(), (Found{{"a.jpg", ""}}));
  list({root() / "ootd-home"}, root() / "ootd-home");
  EXPECT_NE(only_reason().find("workspace itself"), std::string::npos) << only_reason();
}

TEST_F(ListingTest, SaysWhatIsWrongWithAGivenPath) {
  list({root() / "none"});
  EXPECT_EQ(found(), (Found{{"!none", "no such file or folder"}}));
  EXPECT_TRUE(readable_.empty());
  fs::create_directory(root() / "empty");
  list({root() / "empty"});
  EXPECT_NE(only_reason().find("holds no photos"), std::string::npos);
  list({fs::path()});
  EXPECT_NE(only_reason().find("empty path"), std::string::npos);
  if (::geteuid() != 0) {
    put("locked/a.jpg");
    fs::permissions(root() / "locked", fs::perms::none);
    list_root();
    EXPECT_NE(only_reason().find("cannot list"), std::string::npos);
    fs::permissions(root() / "locked", fs::perms::owner_all);
  }
}

TEST_F(ListingTest, AnExplicitFileNeedsNoExtension) {
  list({put("photo"), put("b.txt")});
  EXPECT_EQ(found(), (Found{{"photo", ""}, {"b.txt", ""}}));
}

TEST_F(ListingTest, ReadsCoco) {
  put("train/annotations.json", R"({
    "categories": [{"id": 1, "name": "outer"}, {"id": 4, "name": "top"}],
    "images": [
      {"id": 7, "file_name": "images/a.jpg", "width": 100, "person_bbox": [1.5, 2, 30, 40], "tags": ["coat", "bag"],
       "style": "Retro", "coco_url": "http://x"},
      {"id": 8, "file_name": "images/b.jpg", "person_bbox": null, "split": "test"}],
    "annotations": [
      {"image_id": 7, "category_id": 4, "bbox": [1, 2, 3, 4], "fine_category": "shirt"},
      {"image_id": 7, "category_id": 1, "bbox": [5, 6, 7, 8]}]})");
  put("train/images/a.jpg");
  put("train/images/b.jpg");
  put("train/images/not_named.jpg");
  list_root();
  EXPECT_EQ(found(), (Found{{"train/images/a.jpg", "style=Retro,tag=coat,tag=bag,garment=shirt,split=train"},
                            {"train/images/b.jpg", "split=test"},
                            {"train/images/not_named.jpg", "split=train"}}));
  EXPECT_EQ(listed_[0].by, (root() / "train/annotations.json").string());
  EXPECT_EQ(listed_[2].by, "");
  EXPECT_EQ(listed_[0].where, (root() / "train/annotations.json").string() + ":images[0]");
  const auto& garments = listed_[0].garments;
  ASSERT_EQ(garments.size(), 3u);
  EXPECT_EQ(garments[0].category, "person");
  EXPECT_EQ(garments[0].box, (Box{1.5f, 2, 30, 40}));
  EXPECT_EQ(garments[1].category, "top");
  EXPECT_EQ(garments[1].fine_category, "shirt");
  EXPECT_EQ(garments[1].box, (Box{1, 2, 3, 4}));
  EXPECT_EQ(garments[2].category, "outer");
  EXPECT_TRUE(listed_[1].garments.empty());
}

TEST_F(ListingTest, CocoNeedsNoMoreThanFileNames) {
  list({put("minimal.json", R"({"images": [{"file_name": "a.jpg"}]})")});
  EXPECT_EQ(found(), (Found{{"a.jpg", ""}}));
}

TEST_F(ListingTest, ABadCocoRowFailsAloneWithItsReason) {
  list({put("x.json", R"({
    "categories": [{"id": 1, "name": "outer"}],
    "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2}, {"id": 3, "file_name": 5}, "text",
               {"id": 4, "file_name": "d.jpg", "person_bbox": [1, 2, 3]},
               {"id": 5, "file_name": "e.jpg", "tags": [1]}],
    "annotations": [{"image_id": 1, "category_id": 9, "bbox": [1, 2, 3, 4]},
                    {"image_id": 1, "category_id": 1, "bbox": [1, 2, 0, 4]},
                    {"image_id": 1, "category_id": 1, "bbox": [1, 2, 1e300, 4]},
                    {"image_id": 1, "category_id": 1},
                    {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]})")});
  std::map<std::string, std::string> reasons;
  int photos = 0;
  for (const auto& [where, text] : found()) where[0] == '!' ? (void)(reasons[where] = text) : (void)++photos;
  EXPECT_EQ(photos, 1);
  EXPECT_EQ(reasons.size(), 8u);
  EXPECT_EQ(counts(notes_.boxes), (Counts{{"orphan", 1}}));
  EXPECT_NE(notes_.boxes.at("orphan").first.find("annotations[0]"), std::string::npos);
  EXPECT_NE(reasons["!x.json:annotations[1]"].find("positive sides"), std::string::npos);
  EXPECT_NE(reasons["!x.json:annotations[2]"].find("positive sides"), std::string::npos);
  EXPECT_NE(reasons["!x.json:annotations[3]"].find("\"bbox\" is missing"), std::string::npos);
  EXPECT_NE(reasons["!x.json:images[1]"].find("\"file_name\" is missing"), std::string::npos);
  EXPECT_NE(reasons["!x.json:images[2]"].find("wrong type"), std::string::npos);
  EXPECT_NE(reasons["!x.json:images[3]"].find("missing"), std::string::npos);
  EXPECT_NE(reasons["!x.json:images[4]"].find("person_bbox"), std::string::npos);
  EXPECT_NE(reasons["!x.json:images[5]"].find("tags"), std::string::npos);
}

TEST_F(ListingTest, RefusesJsonThatIsNotCoco) {
  for (const char* text : {"[]", "{}", R"({"images": 5})", "{\"images\": [", "", R"({"images":[],"annotations":{}})"}) {
    list({put("x.json", text)});
    EXPECT_EQ(listed_.size(), 1u) << text;
    EXPECT_EQ(listed_.at(0).where, (root() / "x.json").string()) << text;
    EXPECT_FALSE(listed_.at(0).reason.empty()) << text;
    EXPECT_TRUE(readable_.empty()) << text;
  }
}

TEST_F(ListingTest, ReadsCsvWithByteOrderMarkCrlfAndQuotes) {
  put("labels.csv",
      "\xEF\xBB\xBF"
      "File,split,class,tags,style,width,height,empty\r\n"
      "\"im,1.jpg\",test,t-shirt,a|b | c,Retro|Chic,10,20,\r\n"
      "../p/b.jpg,,dress,,,,,\r\n");
  list_root();
  const fs::path parent = root().parent_path();
  EXPECT_EQ(found(), (Found{{"im,1.jpg", "split=test,class=t-shirt,tag=a,tag=b,tag=c,style=Retro,style=Chic"},
                            {(root() / "../p/b.jpg").lexically_relative(root()).string(), "class=dress"}}));
  EXPECT_EQ(listed_[1].where, (root() / "labels.csv").string() + ":3");
}

TEST_F(ListingTest, CsvWithoutAFileColumnNamesWhatItFoundAndWhatItExpects) {
  list({put("labels.csv", "photo;style\na.jpg;Retro\n")});
  EXPECT_EQ(listed_.size(), 1u);
  EXPECT_NE(only_reason().find("\"photo;style\""), std::string::npos) << only_reason();
  EXPECT_NE(only_reason().find("file, path, filename"), std::string::npos);
  list({put("e.csv", "")});
  EXPECT_NE(only_reason().find("is empty"), std::string::npos);
}

TEST_F(ListingTest, CsvOfTablePrograms) {
  using std::string_literals::operator""s;
  list({put("semicolon.csv", "file;style;;\r\na.jpg;Retro;;\r\n")});
  EXPECT_EQ(found(), (Found{{"a.jpg", "style=Retro"}}));
  list({put("tab.tsv", "file\tstyle\na.jpg\tRetro, old\n")});
  EXPECT_EQ(found(), (Found{{"a.jpg", "style=Retro, old"}}));
  list({put("excel.csv", "sep=;\r\nfile;style\r\na.jpg;Retro\r\n")});
  EXPECT_EQ(found(), (Found{{"a.jpg", "style=Retro"}}));
  list({put("mac.csv", "file,style\ra.jpg,Retro\r")});
  EXPECT_EQ(found(), (Found{{"a.jpg", "style=Retro"}}));
  list({put("utf16.csv", "\xFF\xFE"s + "f\0i\0l\0e\0\n\0a\0.\0j\0p\0g\0"s)});
  EXPECT_EQ(found(), (Found{{"a.jpg", ""}}));
  list({put("cp949.csv", "file,style\na.jpg,\xBD\xBA\xC6\xAE\xB8\xB4\n")});
  EXPECT_EQ(found(), (Found{{"a.jpg", "style=\uC2A4\uD2B8\uB9BF"}}));
  list({put("blanks.csv", "file , style\n a.jpg , Retro \n\"a.jpg\", \"Street\"  \n")});
  EXPECT_EQ(found(), (Found{{"a.jpg", "style=Retro,style=Street"}}));
}

TEST_F(ListingTest, ARowOfUnknownEncodingFailsWithItsLine) {
  list({put("x.csv", "file,style\na.jpg,ok\nb.jpg,\xCF\xF0\xE8\xE2\xE5\xF2\n")});
  ASSERT_EQ(listed_.size(), 2u);
  EXPECT_EQ(listed_[1].where, (root() / "x.csv").string() + ":3");
  EXPECT_NE(listed_[1].reason.find("save the file as UTF-8"), std::string::npos);
}

TEST_F(ListingTest, ColumnsThatTheProgramSetsAreNotOverwrittenAndThatIsSaid) {
  list({put("x.csv", "file,crop,palette,ID,copy_of,season\na.jpg,1,red,7,,winter\nb.jpg,2,,8,,\n")});
  EXPECT_EQ(found(), (Found{{"a.jpg", "season=winter"}, {"b.jpg", ""}}));
  EXPECT_EQ(counts(notes_.ignored_columns), (Counts{{"ID", 2}, {"crop", 2}, {"palette", 1}}));
}

TEST_F(ListingTest, ABadCsvRowFailsAloneWithItsLine) {
  list(
      {put("t.csv", "file,url,style\na.jpg,,Retro\nb.jpg,Retro\n,,x\n,https://x.org/c.jpg,Chic\n\"d\"d,,\ne.jpg,,\n")});
  const auto rows = found();
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0], (Found::value_type{"a.jpg", "style=Retro"}));
  EXPECT_EQ(rows[1].first, "!t.csv:3");
  EXPECT_NE(rows[1].second.find("has 2 fields, the first row names 3"), std::string::npos);
  EXPECT_EQ(rows[2].first, "!t.csv:4");
  EXPECT_NE(rows[2].second.find("names no photo"), std::string::npos);
  EXPECT_EQ(rows[3].first, "!t.csv:5");
  EXPECT_EQ(rows[3].second, "https://x.org/c.jpg is a url; fetch it first (ootd crawl) or give a path");
  EXPECT_EQ(rows[4].first, "!t.csv:6");
  EXPECT_EQ(rows[5].first, "e.jpg");
}

TEST_F(ListingTest, ReadsJsonLines) {
  list({put(
      "x.jsonl",
      "{\"file\": \"a.jpg\", \"labels\": {\"style\": [\"Retro\", \"Chic\"], \"year\": 2024}, \"ignored\": \"yes\"}\r\n"
      "\n"
      "{\"path\": \"b.jpg\", \"style\": \"Street\", \"tags\": [\"a\", \"b\"], \"width\": 5, \"none\": null}\n"
      "{\"file\": \"a\\u0000.jpg\"}\n"
      "{\"image\": \"HTTP://x/y.jpg\"}\n"
      "{\"style\": \"Retro\"}\n"
      "[1]\n"
      "{\"file\": \n"
      "{\"file\": \"c.jpg\", \"size\": {\"w\": 1}}\n"
      "{\"file\": \"d.jpg\"}")});
  const auto rows = found();
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_EQ(rows[0], (Found::value_type{"a.jpg", "style=Retro,style=Chic,year=2024"}));
  EXPECT_EQ(rows[1], (Found::value_type{"b.jpg", "style=Street,tag=a,tag=b"}));
  EXPECT_EQ(rows[7], (Found::value_type{"c.jpg", ""}));
  EXPECT_EQ(counts(notes_.ignored_columns), (Counts{{"size", 1}}));
  const std::vector<std::pair<std::string, std::string>> failures = {{"!x.jsonl:4", "zero byte"},
                                                                     {"!x.jsonl:5", "is a url"},
                                                                     {"!x.jsonl:6", "names no photo"},
                                                                     {"!x.jsonl:7", "not a JSON object"},
                                                                     {"!x.jsonl:8", "not valid JSON"}};
  for (std::size_t i = 0; i < failures.size(); ++i) {
    EXPECT_EQ(rows[i + 2].first, failures[i].first);
    EXPECT_NE(rows[i + 2].second.find(failures[i].second), std::string::npos) << rows[i + 2].second;
  }
  EXPECT_EQ(rows[8].first, "d.jpg");
}

TEST_F(ListingTest, ReadsParquet) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  constexpr auto kText = ParquetType::kText;
  ParquetWriter writer(root() / "x.parquet",
                       {{"File", kText, true}, {"styles", kText, true}, {"year", ParquetType::kInteger}});
  for (const std::vector<ParquetCell>& row : std::vector<std::vector<ParquetCell>>{
           {"a.jpg", "Retro|Chic", 2024}, {std::monostate(), "Retro", 2025}, {"b/c.jpg", std::monostate(), 2026}})
    writer.add(row);
  writer.commit();
  list({root() / "x.parquet"});
  const auto rows = found();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0], (Found::value_type{"a.jpg", "style=Retro,style=Chic,year=2024"}));
  EXPECT_EQ(rows[1].first, "!x.parquet:2");
  EXPECT_NE(rows[1].second.find("names no photo"), std::string::npos);
  EXPECT_EQ(rows[2], (Found::value_type{"b/c.jpg", "year=2026"}));
}

TEST_F(ListingTest, ColumnsOfParquetThatAreNotReadAreReported) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  const std::string refused = read_text(std::string(OOTD_GOLDEN_DIR) + "/parquet/refused.parquet");
  list({put("x.parquet", refused)});
  const auto rows = found();
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows[0], (Found::value_type{"!x.parquet:when", "the column is left out: it is of the type INT96"}));
  EXPECT_EQ(rows[6].second, "https://a.example/1.jpg is a url; fetch it first (ootd crawl) or give a path");
  list({put("y.parquet", "PAR1 and no more")});
  EXPECT_NE(found().at(0).second.find("y.parquet: the file can not be read as Parquet"), std::string::npos);
}

TEST_F(ListingTest, PhotosThatAnAnnotationFileNamesAreNotListedAgainAsPlainOnesAndOthersAre) {
  put("a_meta/labels.csv", "file,style\n../Street/a.jpg,Retro\n");
  put("Street/a.jpg");
  put("Street/b.jpg");
  put("set/tags.csv", "file,tags\nimages/c.jpg,x\n");
  put("set/images/c.jpg");
  put("set/images/plain.jpg");
  put("set/nested/annotations.json", R"({"images": [{"file_name": "d.jpg"}]})");
  put("set/nested/d.jpg");
  list_root();
  EXPECT_EQ(found(), (Found{{"Street/a.jpg", "style=Retro"},
                            {"set/nested/d.jpg", ""},
                            {"set/images/c.jpg", "tag=x"},
                            {"Street/b.jpg", "style=Street"},
                            {"set/images/plain.jpg", ""}}));
}

TEST_F(ListingTest, APhotoThatTwoFilesNameIsListedForEachAndOnceAsNew) {
  put("a.jpg");
  put("labels.csv", "file,style\na.jpg,Retro\n");
  put("tags.csv", "file,tags\na.jpg,wool\n");
  list_root();
  EXPECT_EQ(found(), (Found{{"a.jpg", "style=Retro"}, {"a.jpg", "tag=wool"}}));
  EXPECT_FALSE(listed_[0].again);
  EXPECT_TRUE(listed_[1].again);
}

TEST_F(ListingTest, TellsWhichSourcesWereReadSoThatOldFailuresCanBeCleared) {
  put("set/labels.csv", "file\na.jpg\n");
  put("bad/labels.csv", "x\n");
  list_root();
  const auto has = [&](const char* name) { return std::ranges::count(readable_, (root() / name).string()); };
  EXPECT_EQ(has("set/labels.csv"), 1);
  EXPECT_EQ(has("set"), 1);
  EXPECT_EQ(has("bad/labels.csv"), 0);
}

TEST_F(ListingTest, KeepsNamesThatAreNoUtf8) {
  put("Ret\xFFro/\xE9t\xE9.jpg");
  list_root();
  ASSERT_EQ(listed_.size(), 1u);
  EXPECT_EQ(listed_[0].path.filename().native(), "\xE9t\xE9.jpg");
  EXPECT_EQ(listed_[0].labels.at(0).value, "Ret\xFFro");
}

TEST_F(ListingTest, TheOrderIsThatOfTheNamesHoweverTheFilesWereMade) {
  for (const char* name : {"c.jpg", "a.jpg", "B/z.jpg", "b.jpg", "A/y.jpg"}) put(name);
  list_root();
  EXPECT_EQ(found(),
            (Found{{"A/y.jpg", "style=A"}, {"B/z.jpg", "style=B"}, {"a.jpg", ""}, {"b.jpg", ""}, {"c.jpg", ""}}));
}

}  // namespace
}  // namespace ootd
