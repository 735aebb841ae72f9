// The catalog of many servers: a PostgreSQL database (15 or newer) with pgvector (0.8 or newer).
//
// Threads: any; reads run at once, each on a connection of its own, and never wait for a writer. Writes come one after
//          the other, of this server and of all others, except that people's events are appended side by side. A writer
//          waits up to 10 s for another one.
// Crashes: every acknowledged write is as safe as the database's own settings make it (fsync, synchronous_commit).
// Servers: one that restarts or fails over (several hosts in the url) costs kUnavailable while it is away: at once if
//          it refuses, after 3 s a host if it does not answer. Afterwards all goes on by itself.
// Erasure: what is erased is gone for every reader at the commit; its bytes go from the tables' files with VACUUM and
//          the pages' next use, and from backups and archived WAL with these (docs/formats.md).
// Text:    ids, labels, users and their like have to be UTF-8: kInput. Paths may be any bytes.
#pragma once

#include <filesystem>
#include <string>

#include "ootd/catalog/catalog.h"
#include "ootd/postgres/pool.h"

namespace ootd {

class PostgresCatalog final : public Catalog {
 public:
  // url: as PgConnection's. The tables lie in the first schema of its search_path
  // ("?options=-csearch_path%3Dshop,public" for another one than public) and are made or migrated here. home: what the
  // looks' files are relative to; made if it is not there.
  PostgresCatalog(const std::string& url, const std::filesystem::path& home);

  const std::filesystem::path& home() const override { return home_; }
  // The vectors' lengths. Keys and references are the database's own to keep, its pages pg_amcheck's to check.
  std::vector<std::string> verify() const override;

  Added add_image(const ImageRecord& image) override;
  std::int64_t image_count() const override;
  std::optional<ImageRecord> find_image(const ImageId& id) const override;
  std::optional<ImageRecord> find_image(LookKey key) const override;
  std::vector<ImageRecord> find_images(std::span<const LookKey> keys) const override;
  std::optional<std::string> file_of(LookKey key) const override;
  std::vector<ImageRecord> images_after(LookKey after, int limit) const override;
  std::vector<LookKey> all_keys() const override;
  std::vector<LookKey> keys_where(const Filter& filter) const override;
  std::vector<std::pair<LookKey, std::string>> labels_of(const std::string& key) const override;
  std::int64_t label_changes() const override;
  std::vector<LabelKey> label_keys() const override;
  std::vector<std::string> label_key_names() const override;
  std::optional<ImageId> find_source(const std::string& source, std::int64_t bytes,
                                     std::int64_t mtime_ns) const override;
  void remember_source(const std::string& source, std::int64_t bytes, std::int64_t mtime_ns,
                       const ImageId& id) override;
  bool erase_image(const ImageId& id) override;
  void keep_out(const ImageId& id) override;
  bool is_kept_out(const ImageId& id) const override;
  void let_in(const ImageId& id) override;

  std::int64_t put_claim(LookKey look, const Claim& claim, bool goes_on = false) override;
  std::vector<std::string> sources(LookKey look) const override;
  std::vector<LookKey> looks_from(const std::string& source) const override;
  std::int64_t drop_source(LookKey look, const std::string& source) override;
  bool label(LookKey look, const Label& label) override;
  bool unlabel(LookKey look, const Label& label) override;
  void set_labels(LookKey look, const std::string& key, std::span<const std::string> values) override;

  void put_fingerprints(std::span<const StoredFingerprint> fingerprints) override;
  std::optional<StoredFingerprint> fingerprint(LookKey look, int part) const override;
  void each_fingerprint(const std::function<void(const StoredFingerprint&)>& visit) const override;
  std::vector<LookKey> looks_without_fingerprint(LookKey after, int limit) const override;
  std::vector<std::pair<LookKey, LookKey>> copies() const override;

  void put_garments(LookKey look, const std::string& origin, std::span<const Garment> garments) override;
  std::vector<Garment> garments(LookKey look, const std::string& origin) const override;
  std::vector<std::string> garment_origins(LookKey look) const override;
  void put_crop(LookKey look, const Crop& crop) override;
  std::optional<Crop> crop(LookKey look, const std::string& origin) const override;
  std::vector<LookKey> looks_without_crop(const std::string& origin, LookKey after, int limit) const override;

  std::int64_t put_vectors(const Generation& generation, std::span<const LookKey> looks, const Matrix& vectors,
                           std::span<const std::optional<Box>> seen = {}) override;
  std::int64_t adopt_vectors(const Generation& from, const Generation& to, int limit) override;
  std::vector<LookKey> looks_to_embed(const Generation& generation, LookKey after, int limit) const override;
  std::int64_t vector_count(const Generation& generation) const override;
  std::size_t vector_dim(const Generation& generation) const override;
  std::optional<std::vector<float>> vector(const Generation& generation, LookKey look) const override;
  Stored vectors(const Generation& generation, std::span<const LookKey> looks) const override;
  Changes changes_after(const Generation& generation, const Cursor& cursor, int limit) const override;
  std::vector<Held> generations() const override;
  std::optional<Generation> serving() const override;
  std::optional<Generation> served_before() const override;
  void serve(const Generation& generation) override;
  std::int64_t drop_old_vectors(int limit) override;

  Appended append_event(const Event& event) override;
  std::optional<Event> find_event(const std::string& user, const std::string& client_key) const override;
  std::vector<Event> events(const std::string& user, std::int64_t after = 0) const override;
  std::int64_t event_count(const std::string& user) const override;
  bool has_user(const std::string& user) const override;
  std::int64_t erase_user(const std::string& user) override;
  std::vector<std::string> users() const override;
  std::int64_t erasures() const override;

  Owned add_own_garment(const std::string& user, const OwnGarment& garment) override;
  std::vector<OwnGarment> own_garments(const std::string& user) const override;
  void set_own_vector(const std::string& user, std::int64_t id, const std::string& model,
                      const std::vector<float>& vector) override;
  bool remove_own_garment(const std::string& user, std::int64_t id) override;

  std::optional<std::string> setting(const std::string& name) const override;
  void set_setting(const std::string& name, const std::string& value) override;
  void put_failure(const Failure& failure) override;
  void clear_failure(const std::string& stage, const std::string& item) override;
  std::vector<Failure> failures(const std::string& stage) const override;

 private:
  void begin_batch() override { pool_->begin_batch(); }
  void commit_batch() override { pool_->commit_batch(); }
  void abandon_batch() noexcept override { pool_->abandon_batch(); }

  const std::filesystem::path home_;
  const std::unique_ptr<PgPool> pool_;  // const functions read, and borrow from it
};

}  // namespace ootd
