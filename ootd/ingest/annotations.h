// Reads annotation files, known by what they hold, whatever their names: COCO json and its descendants, the JSON of
// Label Studio, FiftyOne and LabelMe, tables (CSV, JSON lines, Parquet), YOLO's data.yaml, tar archives. Each reader
// throws Error(kInput) or Error(kNotFound) if the file as a whole cannot be understood; a bad row goes to the sink with
// its reason, and the rest goes on.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/ingest/listing.h"
#include "ootd/ingest/photo_finder.h"

namespace ootd {

// An annotation file (but Parquet and archives) is held in memory while it is read; more than this is surely something
// else.
inline constexpr std::size_t kMaxAnnotationBytes = std::size_t{1} << 30;

inline constexpr char kLabelOrigin[] = "label";  // of garments that people drew

// What one annotation file says, gathered: of a photo that it names again all labels and boxes, each once; boxes under
// the categories that their source's words mean (models/garment_names.h).
class Gathering {
 public:
  Gathering(std::filesystem::path annotation_file, PhotoFinder& finder, ListingNotes& listing_notes)
      : file(std::move(annotation_file)), photos(finder), notes(listing_notes) {}

  const std::filesystem::path file;
  PhotoFinder& photos;
  ListingNotes& notes;

  std::filesystem::path folder() const { return file.parent_path(); }
  // A photo whose garments' categories are the source's words, or a failed row.
  void add(Listed photo);
  void fail(const std::string& where, const std::string& reason);
  bool is_empty() const { return listed_.empty(); }
  // Hands everything on in the order in which it was first named.
  void finish(const ListingSink& sink);

 private:
  std::vector<Listed> listed_;
  std::unordered_map<std::string, std::size_t> by_path_;
};

// Each says whether the file is one of its kind; nothing was added to the gathering if not.
bool read_coco(const Json& root, Gathering& photos);
bool read_label_studio(const Json& root, Gathering& photos);
bool read_fiftyone(const Json& root, Gathering& photos);
// A list of objects as JSON lines have one in each line.
bool read_json_rows(const Json& root, Gathering& photos);
// The table must name photos: throws if it does not.
void read_csv(Gathering& photos);
void read_jsonl(Gathering& photos);
void read_parquet(Gathering& photos);
// The shards that the table of our own export (photo_table.h) names; none of another table.
std::vector<std::filesystem::path> shards_of_export(const std::filesystem::path& file);
// data.yaml, or a list of class names (classes.txt), and the .txt files of the photos. used: the files that were read.
bool read_yolo(Gathering& photos, std::vector<std::filesystem::path>& used);
// The boxes of a photo's .txt: "class x y w h" or "class x y x y x y ..." in fractions of the photo, class as a number
// or, where `names` has it, by its name. False if no line is one of a box.
bool read_yolo_boxes(std::string_view text, const std::vector<std::string>& names, Listed& photo, ListingNotes& notes);
// What the JSON of one photo says: LabelMe's, img2dataset's, our own export's. False if it is no such thing.
bool read_photo_json(const Json& root, Listed& photo, ListingNotes& notes);
// Boxes of our own export (photo_table.h) that people drew; what a detector found stays away.
void add_garments(Listed& photo, const Json& garments, ListingNotes& notes);
// A tar archive's photos, each with the .json and .txt of its name; they hold their bytes, of kBytesAhead at most that
// nobody has let go. Returns how many.
std::int64_t read_archive(const std::filesystem::path& file, ListingNotes& notes, const ListingSink& sink);
inline constexpr std::size_t kBytesAhead = std::size_t{256} << 20;

// Garments under their categories, in place of the source's words; unknown ones are taken out and counted.
// categories: default_categories() of all words that the source uses, as they say together what one of them means.
void name_garments(Listed& photo, const std::map<std::string, std::string>& categories, ListingNotes& notes);

// An absolute path without "." parts. ".." stays: across a link to a folder, dropping it would name another file.
std::filesystem::path absolute_path(const std::filesystem::path& path);

// Notes a file that holds no photo and no annotations: listing.h says under which name.
void note_left_out(ListingNotes& notes, const std::filesystem::path& file);

// Whether the name says that it is a photo, well or badly downloaded: "a.jpg", "a.JPG!d", "a.jfif".
bool has_photo_extension(const std::filesystem::path& path);

// Adds the label or labels that one named field holds: none if it is empty, several if they are joined by "|";
// "styles", "tags" and "labels" are of the keys "style", "tag" and "label"; "width" and "height" are no labels.
// False for a key that the program sets itself: it is not overwritten.
enum class Joined { kByBars, kNever };
bool add_labels(std::vector<Label>& labels, std::string_view field, std::string_view value,
                Joined joined = Joined::kByBars);
// The same; a key of the program's is noted, with where it is.
void add_labels(Listed& photo, std::string_view field, std::string_view value, ListingNotes& notes,
                Joined joined = Joined::kByBars);

// An id as it is compared: 1, 1.0 and "1" are one. Throws Error(kInput) if it is missing or no id.
std::string id_text(const Json& object, const char* field, const std::string& where);

std::string lower_case(std::string_view text);
std::string without_blanks(std::string_view text);            // ASCII blanks
std::optional<double> parse_number(const std::string& text);  // the whole text, blanks round it aside

}  // namespace ootd
