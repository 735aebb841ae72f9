// The folders that other tools write, as they write them.
#include <gtest/gtest.h>

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/ingest/listing.h"
#include "ootd/ingest/tar.h"
#include "tests/ingest/photos.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

class LayoutsTest : public ::testing::Test {
 protected:
  fs::path put(const std::string& name, const std::string& text = "x") {
    testing::put_text(root() / name, text);
    return root() / name;
  }
  const fs::path& root() const { return dir_.path(); }

  // A line for each photo: path, its labels, its boxes "[category fine x y w h]"; of failures "!where: reason".
  using Lines = std::vector<std::string>;
  Lines list(const fs::path& path) {
    Lines lines;
    const std::vector<fs::path> paths = {path};
    Listing listing = list_photos(paths, "style", "/nowhere", [&](const Listed& photo) {
      if (!photo.reason.empty()) {
        lines.push_back("!" + fs::path(photo.where).lexically_relative(root()).string() + ": " + photo.reason);
        return;
      }
      std::string line = photo.path.lexically_relative(root()).string();
      for (const Label& label : photo.labels) line += " " + label.key + "=" + label.value;
      for (const Garment& garment : photo.garments) {
        line += " [" + garment.category + (garment.fine_category.empty() ? "" : " " + garment.fine_category);
        for (const float side : {garment.box.x, garment.box.y, garment.box.w, garment.box.h}) {
          char text[32];
          std::snprintf(text, sizeof text, " %g", static_cast<double>(side));
          line += text;
        }
        line += "]";
      }
      frames_.push_back(photo.frame);
      by_.push_back(photo.by);
      lines.push_back(line);
    });
    notes_ = std::move(listing.notes);
    return lines;
  }
  Lines list_root() { return list(root()); }
  std::int64_t count(const Tallies& tallies, const std::string& kind) const {
    const auto found = tallies.find(kind);
    return found == tallies.end() ? 0 : found->second.count;
  }

  static std::string coco(const std::string& file_name) {
    return R"({"images": [{"id": 1, "file_name": ")" + file_name + R"(", "width": 120, "height": 80}],
      "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 40]}],
      "categories": [{"id": 1, "name": "top"}]})";
  }

  testing::TempDir dir_;
  ListingNotes notes_;
  std::vector<Frame> frames_;
  std::vector<std::string> by_;
};

TEST_F(LayoutsTest, Roboflow) {
  for (const char* split : {"train", "valid", "test"}) {
    put(std::string(split) + "/a_jpg.rf.1.jpg");
    put(std::string(split) + "/_annotations.coco.json", coco("a_jpg.rf.1.jpg"));
  }
  put("README.roboflow.txt");
  EXPECT_EQ(list_root(), (Lines{"test/a_jpg.rf.1.jpg split=test [top 10 20 30 40]",
                                "train/a_jpg.rf.1.jpg split=train [top 10 20 30 40]",
                                "valid/a_jpg.rf.1.jpg split=val [top 10 20 30 40]"}));
  EXPECT_EQ(count(notes_.left_out, "README.roboflow.txt"), 1);
}

TEST_F(LayoutsTest, RoboflowCsvHasARowForEachBox) {
  put("train/a.jpg");
  put("train/_annotations.csv",
      "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,120,80,top,10,20,40,60\na.jpg,120,80,Skirt,1,2,11,22\n");
  EXPECT_EQ(list_root(), (Lines{"train/a.jpg garment=Skirt split=train [top 10 20 30 40] [bottom Skirt 1 2 10 20]"}));
  EXPECT_EQ(frames_[0], (Frame{Frame::Unit::kBitmap, 120, 80}));
}

TEST_F(LayoutsTest, CvatAndOfficialCoco) {
  put("cvat/annotations/instances_default.json", coco("a.jpg"));
  put("cvat/images/a.jpg");
  put("cvat/images/unnamed.jpg");
  put("coco/annotations/instances_train2017.json", coco("000001.jpg"));
  put("coco/annotations/instances_val2017.json", coco("000001.jpg"));
  put("coco/annotations/captions_val2017.json",
      R"({"images": [{"id": 1, "file_name": "000001.jpg"}], "annotations": [{"image_id": 1, "id": 2, "caption": "a | b"}]})");
  put("coco/train2017/000001.jpg");
  put("coco/val2017/000001.jpg");
  EXPECT_EQ(list(root() / "coco"), (Lines{"coco/val2017/000001.jpg caption=a | b split=val",
                                          "coco/train2017/000001.jpg split=train [top 10 20 30 40]",
                                          "coco/val2017/000001.jpg split=val [top 10 20 30 40]"}));
  EXPECT_EQ(list_root().at(3), "cvat/images/a.jpg [top 10 20 30 40]");
  EXPECT_EQ(list_root().at(4), "cvat/images/unnamed.jpg") << "cvat is a data set, no style";
  EXPECT_EQ(list(root() / "coco/annotations/instances_val2017.json"),
            (Lines{"coco/val2017/000001.jpg split=val [top 10 20 30 40]"}));
}

TEST_F(LayoutsTest, AnnotationFilesAreKnownByWhatTheyHold) {
  put("my boxes.json", coco("a.jpg"));
  put("words.dat.csv", "image_path;style\nb.jpg;Retro\n");
  put("rows.json", R"([{"file_name": "c.jpg", "style": "Chic"}])");
  put("lines.json", "{\"file\": \"d.jpg\", \"style\": \"Street\"}\n{\"file\": \"e.jpg\"}\n");
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"}) put(name);
  EXPECT_EQ(list_root(),
            (Lines{"d.jpg style=Street", "e.jpg", "a.jpg [top 10 20 30 40]", "c.jpg style=Chic", "b.jpg style=Retro"}));
}

TEST_F(LayoutsTest, ABrokenJsonIsSaidAndTheRestComesIn) {
  put("a.jpg");
  put("x.json", R"({"images": [)");
  const Lines lines = list_root();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].starts_with("!x.json: ")) << lines[0];
  EXPECT_EQ(lines[1], "a.jpg");
}

TEST_F(LayoutsTest, FiftyOne) {
  put("coco/data/a.jpg");
  put("coco/labels.json", coco("a.jpg"));
  put("detection/data/1f-2e.jpg");
  put("detection/labels.json", R"({"classes": ["bag", "skirt"], "labels": {"1f-2e":
      [{"label": 1, "bounding_box": [0.1, 0.25, 0.5, 0.5], "confidence": null},
       {"label": "bag", "bounding_box": [0, 0, 1, 1]}]}})");
  put("classes/data/b.jpg");
  put("classes/labels.json", R"({"classes": ["Retro", "Chic"], "labels": {"b": 1, "gone": 0}})");
  put("samples/data/c.jpg");
  put("samples/samples.json", R"({"samples": [{"filepath": "data/c.jpg", "tags": ["spring"],
      "ground_truth": {"detections": [{"label": "dress", "bounding_box": [0, 0, 0.5, 1]}]}}]})");
  EXPECT_EQ(list(root() / "coco"), (Lines{"coco/data/a.jpg [top 10 20 30 40]"}));
  EXPECT_EQ(list(root() / "detection"),
            (Lines{"detection/data/1f-2e.jpg garment=skirt [bottom skirt 0.1 0.25 0.5 0.5]"}));
  EXPECT_EQ(frames_.back().unit, Frame::Unit::kFraction);
  EXPECT_EQ(count(notes_.unknown_categories, "bag"), 1);
  EXPECT_EQ(list(root() / "classes"),
            (Lines{"classes/data/b.jpg label=Chic", "!classes/labels.json:gone: no photo is called \"gone\""}));
  EXPECT_EQ(list(root() / "samples"), (Lines{"samples/data/c.jpg tag=spring [dress 0 0 0.5 1]"}));
}

TEST_F(LayoutsTest, LabelStudio) {
  put("coco/images/1a2b3c4d-a.jpg");
  put("coco/result.json", coco("images\\\\1a2b3c4d-a.jpg"));
  put("json/photos/a b.jpg");
  put("json/project-1.json", R"([{"id": 1, "data": {"image": "/data/upload/3/1a2b3c4d-a%20b.jpg"}, "annotations": [
      {"result": [
        {"type": "rectanglelabels", "from_name": "label", "original_width": 200, "original_height": 100,
         "value": {"x": 10, "y": 20, "width": 50, "height": 40, "rotation": 0, "rectanglelabels": ["Dress"]}},
        {"type": "choices", "from_name": "style", "value": {"choices": ["Retro"]}}]},
      {"was_cancelled": true, "result": [{"type": "choices", "from_name": "style", "value": {"choices": ["Chic"]}}]}]}])");
  EXPECT_EQ(list(root() / "coco"), (Lines{"coco/images/1a2b3c4d-a.jpg [top 10 20 30 40]"}));
  EXPECT_EQ(list(root() / "json"), (Lines{"json/photos/a b.jpg style=Retro garment=Dress [dress Dress 20 20 100 40]"}));
  EXPECT_EQ(frames_.back(), (Frame{Frame::Unit::kBitmap, 200, 100}));
}

TEST_F(LayoutsTest, LabelStudiosShorterExportsAndRoboflowsClasses) {
  put("min/a.jpg");
  put("min/min.json",
      R"([{"image": "/data/upload/3/1a2b3c4d-a.jpg", "id": 7, "annotator": 1, "label": [{"x": 50, "y": 0,
      "width": 50, "height": 100, "rotation": 0, "rectanglelabels": ["skirt"], "original_width": 10, "original_height": 20}]}])");
  EXPECT_EQ(list(root() / "min"), (Lines{"min/a.jpg annotator=1 garment=skirt [bottom skirt 5 0 5 20]"}));
  put("csv/b.jpg");
  put("csv/x.csv",
      "image,label\n/data/upload/3/1a2b3c4d-b.jpg,\"[{\"\"x\"\":0,\"\"y\"\":0,\"\"width\"\":50,"
      "\"\"height\"\":100,\"\"rectanglelabels\"\":[\"\"top\"\"]}]\"\n");
  EXPECT_EQ(list(root() / "csv"), (Lines{"csv/b.jpg [top 0 0 0.5 1]"}));
  put("classes/train/c.jpg");
  put("classes/train/_classes.csv", "filename, Retro, Chic\nc.jpg, 1, 0\n");
  EXPECT_EQ(list(root() / "classes"), (Lines{"classes/train/c.jpg label=Retro split=train"}));
}

TEST_F(LayoutsTest, UltralyticsYolo) {
  put("data.yaml", "path: /somewhere/else\ntrain: images/train\nval: [images/val]\nnames: {0: top, 2: Skirt}\n");
  put("images/train/a.jpg");
  put("images/train/background.jpg");
  put("images/val/b.jpg");
  put("labels/train/a.txt", "0 0.5 0.5 0.5 1\n2 0.25 0.25 0.75 0.25 0.75 0.5 0.25 0.5\n");
  put("labels/val/b.txt", "0 0.5 0.5 1 1 0.9\n7 0.5 0.5 1 1\nnonsense\n");
  EXPECT_EQ(list_root(),
            (Lines{"images/train/a.jpg split=train garment=Skirt [top 0.25 0 0.5 1] [bottom Skirt 0.25 0.25 0.5 0.25]",
                   "images/train/background.jpg split=train", "images/val/b.jpg split=val [top 0 0 1 1]"}));
  EXPECT_EQ(by_[0], (root() / "data.yaml").string());
  EXPECT_EQ(count(notes_.unknown_categories, "7"), 1);
  EXPECT_EQ(count(notes_.boxes, "unreadable"), 1);
  EXPECT_TRUE(notes_.left_out.empty());
}

TEST_F(LayoutsTest, YoloOfRoboflowOfListsAndOfLabelImg) {
  put("rf/data.yaml", "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['dress']\n");
  put("rf/train/images/a.jpg");
  put("rf/train/labels/a.txt", "0 0.5 0.5 1 1\n");
  put("rf/valid/images/b.jpg");
  EXPECT_EQ(list(root() / "rf"),
            (Lines{"rf/train/images/a.jpg split=train [dress 0 0 1 1]", "rf/valid/images/b.jpg split=val"}));
  put("lists/x.yaml", "train: train.txt\ntest: missing\nnames: [dress]\n");
  put("lists/train.txt", "./images/c.jpg\n");
  put("lists/images/c.jpg");
  put("lists/images/c.txt", "0 0.5 0.5 1 1\n");
  EXPECT_EQ(list(root() / "lists"), (Lines{"!lists/x.yaml:test: missing: no such file or folder",
                                           "lists/images/c.jpg split=train [dress 0 0 1 1]"}));
  put("img/classes.txt", "top\ndress\n");
  put("img/d.jpg");
  put("img/d.txt", "1 0.5 0.5 1 1\n");
  EXPECT_EQ(list(root() / "img"), (Lines{"img/d.jpg [dress 0 0 1 1]"}));
  EXPECT_TRUE(notes_.left_out.empty());
}

TEST_F(LayoutsTest, HuggingFaceImageFolder) {
  put("train/metadata.jsonl",
      "{\"file_name\": \"0.png\", \"objects\": {\"bbox\": [[1, 2, 3, 4]], \"categories\": [\"top\"]}, \"text\": "
      "\"x\"}\n");
  put("train/0.png");
  put("test/Retro/1.png");
  put("metadata.csv", "file_name,season\ntest/Retro/1.png,winter\n");
  EXPECT_EQ(list_root(),
            (Lines{"test/Retro/1.png season=winter split=test", "train/0.png text=x split=train [top 1 2 3 4]"}));
}

TEST_F(LayoutsTest, Img2datasetInFolders) {
  put("00000/000000001.jpg");
  put("00000/000000001.json", R"({"caption": "red | coat", "url": "http://x", "key": "000000001", "status": "success",
      "width": 5, "sha256": "y", "exif": "{}", "style": "Retro"})");
  put("00000/000000001.txt", "red | coat");
  put("00000.parquet");
  put("00000_stats.json", "{}");
  EXPECT_EQ(list_root(), (Lines{"00000/000000001.jpg caption=red | coat style=Retro"}));
  EXPECT_EQ(count(notes_.left_out, "00000.parquet"), 1);
  EXPECT_EQ(count(notes_.left_out, "00000_stats.json"), 1);
}

TEST_F(LayoutsTest, ShardsAreReadFromFrontToBack) {
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  {
    TarWriter tar(root() / "00000.tar");
    tar.add("0001.jpg", bytes("\xFF\xD8 a photo"));
    tar.add("0001.json", bytes(R"({"caption": "coat", "key": "0001"})"));
    tar.add("0001.txt", bytes("coat"));
    tar.add("0002.webp", bytes("not of this kind, but named so"));
    tar.add("0002.cls", bytes("3"));
    tar.add("0003.bin", bytes("something"));
    tar.commit();
  }
  EXPECT_EQ(list_root(), (Lines{"00000.tar/0001.jpg caption=coat", "00000.tar/0002.webp label=3"}));
  EXPECT_EQ(count(notes_.left_out, ".bin"), 1);
  // What is cut off keeps what stands before.
  const std::string whole = read_text(root() / "00000.tar");
  put("00000.tar", whole.substr(0, 700));
  const Lines lines = list_root();
  ASSERT_FALSE(lines.empty());
  EXPECT_NE(lines.back().find("00000.tar: the archive is damaged"), std::string::npos) << lines.back();
}

TEST_F(LayoutsTest, LabelmeAndCaptionsLieBesideTheirPhotos) {
  put("Retro/a.jpg");
  put("Retro/a.json", R"({"version": "5.0", "imagePath": "a.jpg", "imageWidth": 120, "imageHeight": 80,
      "shapes": [{"label": "shirt", "shape_type": "polygon", "points": [[1, 2], [11, 2], [5, 22]]}]})");
  put("Retro/b.jpg");
  put("Retro/b.txt", "a long coat");
  EXPECT_EQ(list_root(), (Lines{"Retro/a.jpg style=Retro garment=shirt [top shirt 1 2 10 20]",
                                "Retro/b.jpg style=Retro caption=a long coat"}));
}

TEST_F(LayoutsTest, ANameIsFoundWhereverThePhotoLies) {
  put("images/a.jpg");
  put("data/b.JPG");
  put("deep/folder/c.jpg");
  put("Retro/0.jpg");
  put("one/twice.jpg");
  put("two/twice.jpg");
  put("caf\u00E9.jpg");
  put("x.csv",
      "file,n\na.jpg,1\nC:\\Users\\me\\data\\b.jpg,2\n/home/me/folder/c.jpg,3\nStreet/0.jpg,4\ntwice.jpg,5\n"
      "cafe\u0301.jpg,6\n  images\\a.jpg "
      ",7\n/home/me/Street/0.jpg,8\n../../tool/media/1a2b3c4d-a.jpg,9\n../Street/0.jpg,10\n");
  EXPECT_EQ(
      list_root(),
      (Lines{"images/a.jpg n=1 n=7 n=9", "data/b.JPG n=2", "deep/folder/c.jpg n=3", "Street/0.jpg n=4",
             "!x.csv:6: \"twice.jpg\" may be " + (root() / "one/twice.jpg").string() + " or " +
                 (root() / "two/twice.jpg").string() + "; write the path from the file's folder",
             "caf\u00E9.jpg n=6", fs::path("/home/me/Street/0.jpg").lexically_relative(root()).string() + " n=8",
             "../Street/0.jpg n=10", "Retro/0.jpg style=Retro", "one/twice.jpg style=one", "two/twice.jpg style=two"}));
}

// --- COCO as it comes

TEST_F(LayoutsTest, CocoIdsOfEveryFormAreOneId) {
  put("x.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}, {"id": "2", "file_name": "b.jpg"},
        {"id": 9007199254740993, "file_name": "c.jpg"}, {"id": 123456789012345678901, "file_name": "d.jpg"}],
      "categories": [{"id": 1.0, "name": "top"}],
      "annotations": [{"image_id": 1.0, "category_id": "1", "bbox": [1, 1, 5, 5]},
        {"image_id": 2, "category_id": 1, "bbox": ["2", "2.0", 5, 5]},
        {"image_id": 9007199254740992, "category_id": 1, "bbox": "[3, 3, 5, 5]"},
        {"image_id": 9007199254740993, "category_id": 1, "bbox": [4, 4, 5, 5]},
        {"image_id": 123456789012345678901, "category_id": 1, "bbox": "[5, 5, 5, 5]"}]})");
  EXPECT_EQ(list(root() / "x.json"),
            (Lines{"a.jpg [top 1 1 5 5]", "b.jpg [top 2 2 5 5]", "c.jpg [top 4 4 5 5]", "d.jpg [top 5 5 5 5]"}));
  EXPECT_EQ(count(notes_.boxes, "orphan"), 1);
}

TEST_F(LayoutsTest, CocoPhotosThatAreListedTwiceKeepAllBoxes) {
  put("x.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "a.jpg"},
        {"id": 2, "file_name": "a.jpg"}, {"id": 3, "file_name": "b.jpg"}, {"id": 3, "file_name": "c.jpg"}],
      "categories": [{"id": 1, "name": "top"}, {"id": 2, "name": "하의"}, {"id": 3, "name": "Hat"}],
      "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]},
        {"image_id": 2, "category_id": 2, "bbox": [2, 2, 5, 5]}, {"image_id": 2, "category_id": 3, "bbox": [2, 2, 5, 5]},
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 90, 90], "iscrowd": 1},
        {"image_id": 3, "category_id": 1, "bbox": [0, 0, 9, 9]}]})");
  EXPECT_EQ(list(root() / "x.json"),
            (Lines{"a.jpg garment=하의 [top 1 1 5 5] [bottom 하의 2 2 5 5]", "b.jpg", "c.jpg"}));
  EXPECT_EQ(count(notes_.boxes, "crowd"), 1);
  EXPECT_EQ(count(notes_.boxes, "ambiguous_id"), 1) << "an id of two photos gives neither the other's boxes";
  EXPECT_EQ(count(notes_.unknown_categories, "Hat"), 1);
}

TEST_F(LayoutsTest, CocoSegmentationsGiveTheBoxThatIsMissing) {
  put("x.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "top"}],
      "annotations": [
        {"image_id": 1, "category_id": 1, "segmentation": [[10, 10, 30, 10, 30, 50], [5, 20, 6, 20, 6, 21]]},
        {"image_id": 1, "category_id": 1, "bbox": [], "segmentation": {"size": [4, 5], "counts": [5, 2, 2, 2, 9]}},
        {"image_id": 1, "category_id": 1, "bbox": [1, 1, 1e-9, 5]},
        {"image_id": 1, "category_id": 1, "bbox": [1, 1, -3, 5]},
        {"image_id": 1, "category_id": 1, "bbox": [1, 1, NaN, 5]}]})");
  const Lines lines = list(root() / "x.json");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[3], "a.jpg [top 5 10 25 40] [top 1 1 2 2]");
}

}  // namespace
}  // namespace ootd
