// PostgresCatalog as a CopyStore.
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/statements.h"

namespace ootd {
namespace {

// One step of a walk over all fingerprints, which are never in memory at once.
constexpr std::int64_t kFingerprintsAtOnce = 10'000;

}  // namespace

void PostgresCatalog::put_fingerprints(std::span<const StoredFingerprint> fingerprints) {
  // The last one of a part counts; one statement may not change a row twice.
  std::map<std::pair<LookKey, int>, const StoredFingerprint*> by_part;
  for (const StoredFingerprint& one : fingerprints) by_part[{one.look, one.part}] = &one;
  std::vector<LookKey> looks;
  std::vector<int> parts;
  std::vector<std::uint64_t> hashes, mirrored;
  std::vector<std::vector<std::byte>> pixels;
  for (const auto& [place, one] : by_part) {
    looks.push_back(one->look);
    parts.push_back(one->part);
    hashes.push_back(one->hash);
    mirrored.push_back(one->mirrored_hash);
    pixels.push_back(one->pixels);
  }
  PgPool::Writing database(*pool_);
  database->run(
      "INSERT INTO fingerprints (look, part, hash, mirrored_hash, pixels) "
      "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) "
      "ON CONFLICT (look, part) DO UPDATE "
      "SET hash = excluded.hash, mirrored_hash = excluded.mirrored_hash, pixels = excluded.pixels",
      looks, parts, hashes, mirrored, pixels);
  database.commit();
}

std::optional<StoredFingerprint> PostgresCatalog::fingerprint(LookKey look, int part) const {
  PgPool::Reading database(*pool_);
  PgRows rows =
      database->rows("SELECT hash, mirrored_hash, pixels FROM fingerprints WHERE look = $1 AND part = $2", look, part);
  if (!rows.next()) return std::nullopt;
  const auto pixels = rows.get<std::span<const std::byte>>(2);
  return StoredFingerprint{
      look, part, rows.get<std::uint64_t>(0), rows.get<std::uint64_t>(1), {pixels.begin(), pixels.end()}};
}

void PostgresCatalog::each_fingerprint(const std::function<void(const StoredFingerprint&)>& visit) const {
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  LookKey look = {};
  int part = -1;
  for (std::size_t found = kFingerprintsAtOnce; found == kFingerprintsAtOnce;) {
    PgRows rows = database->rows(
        "SELECT look, part, hash, mirrored_hash FROM fingerprints WHERE (look, part) > ($1, $2) ORDER BY look, part "
        "LIMIT $3",
        look, part, kFingerprintsAtOnce);
    found = rows.size();
    while (rows.next()) {
      look = rows.get<LookKey>(0), part = rows.get<int>(1);
      visit({look, part, rows.get<std::uint64_t>(2), rows.get<std::uint64_t>(3), {}});
    }
  }
}

std::vector<LookKey> PostgresCatalog::looks_without_fingerprint(LookKey after, int limit) const {
  PgPool::Reading database(*pool_);
  return looks_of(database->rows(
      "SELECT look FROM images WHERE look > $1 AND NOT EXISTS (SELECT 1 FROM fingerprints WHERE fingerprints.look = "
      "images.look) ORDER BY look LIMIT $2",
      after, limit));
}

std::vector<std::pair<LookKey, LookKey>> PostgresCatalog::copies() const {
  PgPool::Reading database(*pool_);
  // Where the first of a group was erased, its oldest copy is.
  PgRows rows = database->rows(
      "SELECT look, coalesce((SELECT images.look FROM images WHERE id = value), min(look) OVER (PARTITION BY value)) "
      "FROM labels WHERE key = $1 ORDER BY look",
      kCopyKey);
  std::vector<std::pair<LookKey, LookKey>> copies;
  while (rows.next())
    if (rows.get<LookKey>(0) != rows.get<LookKey>(1)) copies.emplace_back(rows.get<LookKey>(0), rows.get<LookKey>(1));
  return copies;
}

}  // namespace ootd
