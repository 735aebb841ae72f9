// The catalog: one SQLite file (WAL) that holds every fact of a workspace - images, labels, boxes, embeddings, users,
// events, failures. It is the truth; indexes and snapshots are caches made from it.
//
// Threads: one Catalog may be used from many threads; calls are serialised inside (a mutex; SQLite is opened without
//          its own). Several processes may open the same workspace: readers never wait for the writer (WAL), writers
//          wait up to busy_timeout (10 s).
// Crashes: every call that writes is one transaction: after kill -9 or a power cut a write is there wholly or not at
//          all (journal_mode=WAL, synchronous=FULL). Use Catalog::Batch to make many writes one transaction: each
//          transaction waits for the disk.
// Errors:  Error(kInput) for values that can't be (a vector of the wrong length), kNotFound for unknown ids where the
//          text says so, kUnavailable when the disk is full or the file is locked by another program for too long,
//          kInput when the file is no catalog or of a newer version (the message says which).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/base/garment.h"
#include "ootd/base/image_id.h"
#include "ootd/base/matrix.h"
#include "ootd/store/bitmap.h"

namespace ootd {

struct ImageRecord {
  ImageId id;
  Row row = 0;         // given by the catalog
  std::string source;  // where it came from: the path or url as the user gave it
  std::string file;    // the copy, relative to the workspace ("images/ab/abcd....jpg")
  std::string format;  // "jpeg", "png" ...
  std::int64_t bytes = 0;
  int width = 0, height = 0;  // upright
  std::vector<Label> labels;  // sorted, unique
};

// What the whole-person rule made of a photo.
struct Crop {
  std::string origin;      // "DETECTOR/RULE", their ids, so that another detector or rule looks again
  std::string reason;      // why there is no crop ("one_garment"); empty if there is one
  std::optional<Box> box;  // the crop, in pixels of the upright photo
  // The origin of the garments that it was made of.
  std::string detector() const { return origin.substr(0, origin.find('/')); }
  friend bool operator==(const Crop&, const Crop&) = default;
};

struct Failure {
  std::string stage;  // "import", "embed" ...
  std::string item;   // path, "file.csv:12", id
  std::string reason;
};

enum class EventKind { kLike, kSave, kDislike, kUndo, kShown };
std::string_view to_string(EventKind kind);                        // "like", "save", "dislike", "undo", "shown"
std::optional<EventKind> parse_event_kind(std::string_view word);  // the inverse

// One swipe, or one card dealt. Appended, never changed: taste is a fold over these.
struct Event {
  std::int64_t id = 0;  // grows with time, given by the catalog
  std::string user;
  EventKind kind = EventKind::kLike;
  Row row = 0;              // the image (for kUndo: that of the event taken back; see append_event)
  std::int64_t undoes = 0;  // kUndo only: the id of the event taken back
  double probability = 1;   // kShown only: how likely the policy was to deal this card, in (0, 1]
  std::int64_t at_ms = 0;   // Unix time; 0 in append_event means now
};

class Catalog {
 public:
  // Opens or makes home (with its parents) and home/catalog.db; migrates an older version.
  explicit Catalog(const std::filesystem::path& home);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // --- Batches: from construction to commit() everything written through the catalog by this thread is one
  //     transaction; a Batch destroyed without commit() takes it all back. A call that throws takes back only itself,
  //     unless the disk failed: then the batch may be lost, and its later writes and commit() throw too. Other threads'
  //     calls wait meanwhile: keep it short. A second Batch on the same thread is a bug: Error(kInternal).
  class Batch {
   public:
    explicit Batch(Catalog& catalog);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    void commit();

   private:
    Catalog& catalog_;
    bool open_ = true;
  };

  // --- Images
  // Adds the image or, if its id is known, only the labels it lacks. Returns its row and whether it was new.
  struct Added {
    Row row = 0;
    bool is_new = false;
  };
  Added add_image(const ImageRecord& image);
  std::int64_t image_count() const;
  std::optional<ImageRecord> find_image(const ImageId& id) const;
  std::optional<ImageRecord> find_image(Row row) const;
  std::optional<std::string> file_of(Row row) const;  // ImageRecord::file alone, for walks over many
  // By row order, from `after` (exclusive), at most `limit`. For walking the whole catalog in bounded memory.
  std::vector<ImageRecord> images_after(Row after, int limit) const;
  // Whether this exact file (path, size, mtime) was imported before: lets a repeated import skip without reading it.
  std::optional<ImageId> find_source(const std::string& source, std::int64_t bytes, std::int64_t mtime_ns) const;
  void remember_source(const std::string& source, std::int64_t bytes, std::int64_t mtime_ns, const ImageId& id);
  // The image's values of this key become exactly these. Throws kNotFound if the row is unknown.
  void set_labels(Row row, const std::string& key, std::span<const std::string> values);
  // All images' values of one label key: (row, value), by row.
  std::vector<std::pair<Row, std::string>> labels_of(const std::string& key) const;
  // Label keys with their number of distinct values and of images, for `doctor` and help.
  struct LabelKey {
    std::string key;
    std::int64_t values = 0, images = 0;
  };
  std::vector<LabelKey> label_keys() const;
  std::vector<std::string> label_key_names() const;  // sorted; O(keys), where label_keys() reads every label
  // For filters: the images that have this label; all images.
  Bitmap rows_with_label(const std::string& key, const std::string& value) const;
  Bitmap all_rows() const;
  // Removes the image with its labels, garments, sources, vectors, events and failures; false if there is none. Its
  // vectors leave a tombstone for the indexes. The copy of the photo under images/ is the caller's to delete.
  bool erase_image(const ImageId& id);

  // --- Garments: replaces those of this origin ("label", or a detector's model id).
  void put_garments(Row row, const std::string& origin, std::span<const Garment> garments);
  std::vector<Garment> garments(Row row, const std::string& origin) const;

  // --- Crops: one a photo. A photo without a crop is seen whole. A box that differs from the one before (or from none)
  //     takes the photo's vectors away, since they are of other pixels; they leave tombstones. Another origin takes
  //     those of single garments ("MODEL#top"), whose boxes were the former origin's.
  // Throws kNotFound for an unknown row, kInput for a crop with neither box nor reason, or with both.
  void put_crop(Row row, const Crop& crop);
  std::optional<Crop> crop(Row row) const;
  // Rows that have no crop of this origin, ascending, after `after`, at most `limit`.
  std::vector<Row> rows_without_crop(const std::string& origin, Row after, int limit) const;

  // --- Embeddings: one vector per (image, model). `model` is a model id ("pca128-1a2b3c4d"), with
  //     "#top" after it for the vectors of the main person's tops. Every write gets a sequence number, growing over
  //     all models together; an index that has seen number s asks for what is newer.
  // vectors: rows.size() x dim. Throws kInput for another length than the model's first vector or a value that is no
  // finite number, kNotFound for an unknown row.
  void put_embeddings(const std::string& model, std::span<const Row> rows, const Matrix& vectors);
  // Rows without a vector of this model, ascending, after `after`, at most `limit`.
  std::vector<Row> rows_without_embedding(const std::string& model, Row after, int limit) const;
  std::int64_t embedding_count(const std::string& model) const;
  std::size_t embedding_dim(const std::string& model) const;  // fixed by its first vector; 0 before that
  std::optional<std::vector<float>> embedding(const std::string& model, Row row) const;
  // Vectors of the given rows, in their order (0 x 0 for no rows); throws kNotFound if one has none.
  Matrix embeddings(const std::string& model, std::span<const Row> rows) const;
  struct Change {
    std::int64_t sequence = 0;
    Row row = 0;
    bool erased = false;        // a tombstone: drop the row
    std::vector<float> vector;  // empty if erased
  };
  // Changes of the model's vectors after a sequence number, oldest first, at most `limit`.
  std::vector<Change> changes_after(const std::string& model, std::int64_t sequence, int limit) const;
  std::int64_t last_sequence(const std::string& model) const;  // 0 if none
  // The models that have vectors here, most vectors first.
  std::vector<std::string> embedding_models() const;

  // --- Events and users
  // Appends; kUndo takes back the user's latest like/save/dislike that still stands: any, or if `row` or `undoes` is
  // given the one on that image or with that id (throws kNotFound if there is none). Throws kNotFound if the row is
  // unknown, kInput for a user without a name. Returns the event's id.
  std::int64_t append_event(const Event& event);
  std::vector<Event> events(const std::string& user) const;  // oldest first, as appended
  std::int64_t event_count(const std::string& user) const;
  std::int64_t erase_user(const std::string& user);  // returns how many events went
  std::vector<std::string> users() const;            // sorted

  // --- Settings of the workspace (the model in use, ...)
  std::optional<std::string> setting(const std::string& name) const;
  void set_setting(const std::string& name, const std::string& value);

  // --- Failures, one per item and stage, kept until clear_failure
  void put_failure(const Failure& failure);
  void clear_failure(const std::string& stage, const std::string& item);
  std::vector<Failure> failures(const std::string& stage) const;

  // SQLite's own integrity check, the foreign keys and the vectors' lengths; an empty list = sound.
  std::vector<std::string> verify() const;

  const std::filesystem::path& home() const;

 private:
  friend class CrawlLedger;  // crawl_ledger.h: the tables of the crawler
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
