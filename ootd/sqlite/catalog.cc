#include "ootd/store/catalog.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/store/catalog_impl.h"
#include "ootd/store/catalog_schema.h"

namespace ootd {
namespace {

// Longer than any batch should take; a program that waits for another one gives up then.
constexpr int kBusyTimeoutMs = 10'000;

std::filesystem::path made_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(Kind::kUnavailable, folder.string() + ": cannot make this folder: " + error.message());
  return folder;
}

constexpr char kImageColumns[] = "SELECT row, id, source, file, format, bytes, width, height FROM images ";

ImageRecord image_of(const Statement& query) {
  ImageRecord image;
  image.row = query.get<Row>(0);
  image.id = query.get<std::string>(1);
  image.source = query.get<std::string>(2);
  image.file = query.get<std::string>(3);
  image.format = query.get<std::string>(4);
  image.bytes = query.get<std::int64_t>(5);
  image.width = query.get<int>(6);
  image.height = query.get<int>(7);
  return image;
}

// The image that `where` finds, with its labels.
template <class Value>
std::optional<ImageRecord> image_where(Database& database, const char* where, const Value& value) {
  Statement query(database, std::string(kImageColumns) + where, value);
  if (!query.step()) return std::nullopt;
  ImageRecord image = image_of(query);
  Statement labels(database, "SELECT key, value FROM labels WHERE row = ?1 ORDER BY key, value", image.row);
  while (labels.step()) image.labels.push_back({labels.get<std::string>(0), labels.get<std::string>(1)});
  return image;
}

}  // namespace

Catalog::Impl::Impl(const std::filesystem::path& home_folder)
    : home(made_folder(home_folder)), database(home / "catalog.db", kBusyTimeoutMs) {
  open_catalog(database);
}

Database& Catalog::Impl::checked() {
  if (batch_open && !database.in_transaction())
    throw Error(Kind::kUnavailable, database.path() + ": this batch was taken back after an error of the disk");
  return database;
}

void Catalog::Impl::require_image(Row row) {
  if (!database.first<Row>("SELECT row FROM images WHERE row = ?1", row))
    throw Error(Kind::kNotFound, database.path() + ": no image has row " + std::to_string(row));
}

void Catalog::Impl::scrub() {
  scrub_due = batch_open;
  if (batch_open) return;
  // If a reader in another program keeps it from finishing, it says so in a result row, and a later checkpoint does it.
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

Catalog::Catalog(const std::filesystem::path& home) : impl_(std::make_unique<Impl>(home)) {}
Catalog::~Catalog() = default;

const std::filesystem::path& Catalog::home() const { return impl_->home; }

Catalog::Batch::Batch(Catalog& catalog) : catalog_(catalog) {
  std::unique_lock lock(catalog.impl_->mutex);
  if (catalog.impl_->batch_open) throw Error(Kind::kInternal, "a Catalog::Batch within another on the same thread");
  catalog.impl_->database.run("BEGIN IMMEDIATE");
  catalog.impl_->batch_open = true;
  lock.release();  // held until commit() or the destructor
}

void Catalog::Batch::commit() {
  Impl& impl = *catalog_.impl_;
  if (!open_) throw Error(Kind::kInternal, "a Catalog::Batch was committed twice");
  impl.checked().run("COMMIT");
  open_ = false;
  impl.batch_open = false;
  const std::unique_lock lock(impl.mutex, std::adopt_lock);
  if (impl.scrub_due) impl.scrub();
}

Catalog::Batch::~Batch() {
  if (!open_) return;
  Impl& impl = *catalog_.impl_;
  const std::unique_lock lock(impl.mutex, std::adopt_lock);
  impl.batch_open = false;
  impl.scrub_due = false;
  if (impl.database.in_transaction()) impl.database.roll_back();
}

Catalog::Added Catalog::add_image(const ImageRecord& image) {
  if (image.id.empty()) throw Error(Kind::kInput, image.source + ": an image without an id");
  for (const Label& label : image.labels)
    if (label.key.empty()) throw Error(Kind::kInput, image.source + ": a label without a key");
  Impl::Writing writing(*impl_);
  Database& database = impl_->database;
  Added added;
  if (const auto known = database.first<Row>("SELECT row FROM images WHERE id = ?1", image.id)) {
    added.row = *known;
  } else {
    database.run(
        "INSERT INTO images (id, source, file, format, bytes, width, height) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        image.id, image.source, image.file, image.format, image.bytes, image.width, image.height);
    added = {static_cast<Row>(database.last_insert_row()), true};
  }
  for (const Label& label : image.labels)
    database.run("INSERT OR IGNORE INTO labels (row, key, value) VALUES (?1, ?2, ?3)", added.row, label.key,
                 label.value);
  writing.commit();
  return added;
}

std::int64_t Catalog::image_count() const {
  const Impl::Reading reading(*impl_);
  return impl_->database.value<std::int64_t>("SELECT count(*) FROM images");
}

std::optional<ImageRecord> Catalog::find_image(const ImageId& id) const {
  const Impl::Reading reading(*impl_);
  return image_where(impl_->database, "WHERE id = ?1", id);
}

std::optional<ImageRecord> Catalog::find_image(Row row) const {
  const Impl::Reading reading(*impl_);
  return image_where(impl_->database, "WHERE row = ?1", row);
}

std::optional<std::string> Catalog::file_of(Row row) const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, "SELECT file FROM images WHERE row = ?1", row);
  if (!query.step()) return std::nullopt;
  return query.get<std::string>(0);
}

std::vector<ImageRecord> Catalog::images_after(Row after, int limit) const {
  std::vector<ImageRecord> images;
  if (limit <= 0) return images;
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, std::string(kImageColumns) + "WHERE row > ?1 ORDER BY row LIMIT ?2", after, limit);
  while (query.step()) images.push_back(image_of(query));
  if (images.empty()) return images;
  Statement labels(impl_->database,
                   "SELECT row, key, value FROM labels WHERE row BETWEEN ?1 AND ?2 ORDER BY row, key, value",
                   images.front().row, images.back().row);
  auto image = images.begin();
  while (labels.step()) {
    while (image->row != labels.get<Row>(0)) ++image;
    image->labels.push_back({labels.get<std::string>(1), labels.get<std::string>(2)});
  }
  return images;
}

std::optional<ImageId> Catalog::find_source(const std::string& source, std::int64_t bytes,
                                            std::int64_t mtime_ns) const {
  const Impl::Reading reading(*impl_);
  return impl_->database.first<std::string>(
      "SELECT id FROM sources JOIN images USING (row) "
      "WHERE sources.source = ?1 AND sources.bytes = ?2 AND mtime_ns = ?3",
      source, bytes, mtime_ns);
}

void Catalog::remember_source(const std::string& source, std::int64_t bytes, std::int64_t mtime_ns, const ImageId& id) {
  Impl::Writing writing(*impl_);
  const auto row = impl_->database.first<Row>("SELECT row FROM images WHERE id = ?1", id);
  if (!row) throw Error(Kind::kNotFound, source + ": no image has the id " + id);
  impl_->database.run("INSERT OR REPLACE INTO sources (source, bytes, mtime_ns, row) VALUES (?1, ?2, ?3, ?4)", source,
                      bytes, mtime_ns, *row);
  writing.commit();
}

bool Catalog::erase_image(const ImageId& id) {
  const std::unique_lock lock(impl_->mutex);  // until scrub() is done too
  Impl::Writing writing(*impl_);
  Database& database = impl_->database;
  const auto row = database.first<Row>("SELECT row FROM images WHERE id = ?1", id);
  if (!row) return false;
  impl_->bury_vectors(*row, "*");
  database.run(
      "DELETE FROM failures WHERE item = ?1 OR item = (SELECT source FROM images WHERE row = ?2) "
      "OR item IN (SELECT source FROM sources WHERE row = ?2)",
      id, *row);
  database.run("DELETE FROM images WHERE row = ?1", *row);  // the foreign keys cascade
  writing.commit();
  impl_->scrub();
  return true;
}

}  // namespace ootd
