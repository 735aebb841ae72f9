// Brings local photos into a workspace: copies each file to images/ under its content's name, checks that it decodes,
// and records it with its labels in the catalog.
//
// A path may be
//   a folder     each sub-folder's name is the style of the photos under it, at any depth (folder/Retro/a.jpg and
//                folder/Retro/summer/b.jpg -> style=Retro; photos straight in the folder have none). A sub-folder
//                called train, val, valid, validation or test is a split, and the one below it the style. Photos are
//                known by extension; hidden files are left out. A folder that holds annotations.json in COCO form, or
//                labels.csv / tags.csv with a file column, is read by that file instead, with all folders below it.
//                Links to folders are followed once (a loop ends).
//   *.json       COCO: images (file_name, tags[] -> label "tag", other texts -> labels of their name, person_bbox),
//                annotations (bbox, category_id, fine_category -> label "garment"). Boxes become garments of origin
//                "label".
//   *.csv        first row = column names; one of file|path|filename|file_name|image|url; `style`, `styles`, `tags`,
//                `labels` may hold several values joined by "|"; every other column but width and height is a label key
//   *.parquet    as CSV, of flat columns of texts, numbers and booleans
//   *.jsonl      one object a line: file|path|..., "labels": {key: value or [values]}, or the other fields as labels
//   an image     one photo without labels
// Paths in a file start at its folder. A file whose folder is called train, val or test gives its photos that split,
// unless it names one itself. "styles", "tags" and "labels" become the keys "style", "tag" and "label".
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
};

// Bad files and rows become failures; the rest goes on. Throws Error only if the workspace itself cannot be written
// (disk full: what was committed stays).
// progress: "import", some times a second; the total grows while folders are still being listed. Throws Stopped.
ImportReport import_paths(Catalog& catalog, std::span<const std::filesystem::path> paths, const ImportOptions& options,
                          const Progress& progress = {});

}  // namespace ootd
