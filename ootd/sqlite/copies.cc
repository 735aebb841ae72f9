// SqliteCatalog as a CopyStore.
#include "ootd/sqlite/sqlite_catalog.h"

namespace ootd {

void SqliteCatalog::put_fingerprints(std::span<const StoredFingerprint> fingerprints) {
  Connections::Writing database(*connections_);
  for (const StoredFingerprint& one : fingerprints)
    database->run(
        "INSERT OR REPLACE INTO fingerprints (row, part, hash, mirrored_hash, pixels) VALUES (?1, ?2, ?3, ?4, ?5)",
        one.look, one.part, one.hash, one.mirrored_hash, one.pixels);
  database.commit();
}

std::optional<StoredFingerprint> SqliteCatalog::fingerprint(LookKey row, int part) const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT hash, mirrored_hash, pixels FROM fingerprints WHERE row = ?1 AND part = ?2", row,
                  part);
  if (!query.step()) return std::nullopt;
  const auto pixels = query.get<std::span<const std::byte>>(2);
  return StoredFingerprint{
      row, part, query.get<std::uint64_t>(0), query.get<std::uint64_t>(1), {pixels.begin(), pixels.end()}};
}

void SqliteCatalog::each_fingerprint(const std::function<void(const StoredFingerprint&)>& visit) const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT row, part, hash, mirrored_hash FROM fingerprints ORDER BY row, part");
  while (query.step())
    visit({query.get<LookKey>(0), query.get<int>(1), query.get<std::uint64_t>(2), query.get<std::uint64_t>(3), {}});
}

std::vector<LookKey> SqliteCatalog::looks_without_fingerprint(LookKey after, int limit) const {
  Connections::Reading database(*connections_);
  Statement query(*database,
                  "SELECT row FROM images WHERE row > ?1 AND NOT EXISTS (SELECT 1 FROM fingerprints WHERE "
                  "fingerprints.row = images.row) ORDER BY row LIMIT ?2",
                  after, limit);
  std::vector<LookKey> rows;
  while (query.step()) rows.push_back(query.get<LookKey>(0));
  return rows;
}

std::vector<std::pair<LookKey, LookKey>> SqliteCatalog::copies() const {
  Connections::Reading database(*connections_);
  // Where the first of a group was erased, its oldest copy is.
  Statement query(*database,
                  "SELECT row, coalesce((SELECT images.row FROM images WHERE id = value), min(row) OVER (PARTITION BY "
                  "value)) FROM labels WHERE key = ?1 ORDER BY row",
                  kCopyKey);
  std::vector<std::pair<LookKey, LookKey>> copies;
  while (query.step())
    if (query.get<LookKey>(0) != query.get<LookKey>(1))
      copies.emplace_back(query.get<LookKey>(0), query.get<LookKey>(1));
  return copies;
}

}  // namespace ootd
