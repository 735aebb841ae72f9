// Brings local photos into a workspace: copies each file to images/ under its content's name, checks that it decodes,
// and records it with its labels in the catalog.
//
// A path may be
//   a folder     What is a photo, and what an annotation file, its content says, whatever its name: jpeg, png, webp,
//   gif,
//                avif. Each sub-folder's name is the style of the photos under it, at any depth (folder/Retro/a.jpg and
//                folder/Retro/summer/b.jpg -> style=Retro; photos straight in the folder have none). Folders that only
//                hold things are no style (images, train2017, 00000 ...), and one called train, val or test a split.
//                Photos that annotation files name are listed by these, all others as plain photos. Links to folders
//                are followed once (a loop ends). What is left out is counted (ListingNotes).
//   *.json       COCO: images (file_name, tags[] -> label "tag", other texts -> labels of their name, person_bbox),
//                annotations (bbox or segmentation, category_id, fine_category -> label "garment"). Boxes become
//                garments of origin "label", under the categories that their words mean. Also Label Studio's and
//                FiftyOne's json, and a list of objects as in *.jsonl.
//   *.csv, .tsv  first row = column names, parted by commas, semicolons or tabs; one of file|path|filename|file_name|
//                image|url; `style`, `styles`, `tags`, `labels` may hold several values joined by "|"; every other
//                column but width and height is a label key. With xmin, ymin, xmax, ymax and class a row is a box.
//   *.parquet    as CSV, of flat columns of texts, numbers and booleans
//   *.jsonl      one object a line: file|path|..., "labels": {key: value or [values]}, or the other fields as labels;
//                "objects": {"bbox": [[x, y, w, h]], "categories": [...]}
//   *.yaml       YOLO's data.yaml with the photos' .txt of boxes; classes.txt beside them
//   *.tar        WebDataset shards: KEY.jpg with KEY.json and KEY.txt; those of `ootd images export` come back whole
//   KEY.json, KEY.txt beside KEY.jpg: labels, LabelMe's shapes, boxes as YOLO writes them, a caption
//   an image     one photo without labels
// Texts are UTF-8, UTF-16, or a code page that is told by its bytes. Labels are stored in NFC without blanks at their
// ends. Paths in a file start at its folder; a photo that is not there is looked for in the data set by its name.
// A split is what the row says, or the file's name (instances_val2017), its folder, or the photo's folder.
// "styles", "tags" and "labels" become the keys "style", "tag" and "label". The keys that the program itself sets are
// not overwritten.
//
// Identity is content: the same bytes twice are one image with the labels of both. Kill -9 at any moment and run again:
// the catalog ends as after an uninterrupted run, rows included (they follow the order of listing, not of the threads).
// A file that was imported before (same path, size and time) is not read again, but its copy is restored if it is gone.
//
// What is said of a file replaces what was said of it before (catalog/claims.h): a corrected label, a box that was
// removed. What one import says of a file adds up. A file that was moved takes what its new place says of it and loses
// what the old one did. A photo that `ootd images remove` took does not come back unless it is asked for.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/catalog/catalog.h"
#include "ootd/image/decode.h"
#include "ootd/ingest/listing.h"

namespace ootd {

struct ImportOptions {
  // These change results.
  std::string label_key = "style";  // the key of folder names
  std::vector<Label> extra_labels;  // given to every image ("--label source=shop")
  DecodeLimits limits = {.own_file = true};
  bool restore_removed = false;  // bring back photos that were removed
  // These change speed only.
  int threads = 0;              // 0 = all cores
  int photos_per_commit = 256;  // what a kill can cost; each commit waits for the disk
};

struct ImportReport {
  std::int64_t added = 0;    // new images
  std::int64_t skipped = 0;  // known already
  std::int64_t failed = 0;
  std::int64_t copies = 0;        // of those added: another file of a picture that is here already
  std::int64_t relabelled = 0;    // known photos that lost labels, which their source says no more
  std::int64_t kept_out = 0;      // removed before, and not brought back
  std::vector<Failure> failures;  // each bad file or row with its reason; also kept in the catalog
  ListingNotes notes;             // what was left out or changed
};

// Bad files and rows become failures; the rest goes on. Throws Error only if the workspace itself cannot be written
// (disk full: what was committed stays).
// progress: "import", some times a second; the total grows while folders are still being listed. Throws Stopped.
ImportReport import_paths(Catalog& catalog, std::span<const std::filesystem::path> paths, const ImportOptions& options,
                          const Progress& progress = {});

}  // namespace ootd
