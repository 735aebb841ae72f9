// PostgresCatalog as a GarmentStore.
#include "ootd/catalog/store_rules.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/statements.h"

namespace ootd {
void PostgresCatalog::put_garments(LookKey look, const std::string& origin, std::span<const Garment> garments) {
  check_garments(look, garments);
  PgPool::Writing database(*pool_);
  require_look(*database, look);
  database->run("DELETE FROM garments WHERE look = $1 AND origin = $2", look, origin);
  for (std::size_t i = 0; i < garments.size(); ++i) {
    const Garment& garment = garments[i];
    database->run(
        "INSERT INTO garments (look, origin, number, category, fine_category, score, x, y, w, h) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        look, origin, i, garment.category, garment.fine_category, garment.score, garment.box.x, garment.box.y,
        garment.box.w, garment.box.h);
  }
  database.commit();
}

std::vector<Garment> PostgresCatalog::garments(LookKey look, const std::string& origin) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows(
      "SELECT category, fine_category, score, x, y, w, h FROM garments WHERE look = $1 AND origin = $2 ORDER BY number",
      look, origin);
  std::vector<Garment> garments;
  while (rows.next())
    garments.push_back({rows.get<std::string>(0), rows.get<std::string>(1), rows.get<float>(2), *box_at(rows, 3)});
  return garments;
}

std::vector<std::string> PostgresCatalog::garment_origins(LookKey look) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows("SELECT DISTINCT origin FROM garments WHERE look = $1 ORDER BY origin", look);
  std::vector<std::string> origins;
  while (rows.next()) origins.push_back(rows.get<std::string>(0));
  return origins;
}

void PostgresCatalog::put_crop(LookKey look, const Crop& crop) {
  check_crop(look, crop);
  PgPool::Writing database(*pool_);
  require_look(*database, look);
  const BoxColumns box(crop.box);
  database->run(
      "INSERT INTO crops (look, origin, reason, x, y, w, h) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (look, "
      "origin) DO UPDATE SET reason = excluded.reason, x = excluded.x, y = excluded.y, w = excluded.w, h = excluded.h",
      look, crop.origin, crop.reason, box.x, box.y, box.w, box.h);
  database.commit();
}

std::optional<Crop> PostgresCatalog::crop(LookKey look, const std::string& origin) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows("SELECT reason, x, y, w, h FROM crops WHERE look = $1 AND origin = $2", look, origin);
  if (!rows.next()) return std::nullopt;
  return Crop{origin, rows.get<std::string>(0), box_at(rows, 1)};
}

std::vector<LookKey> PostgresCatalog::looks_without_crop(const std::string& origin, LookKey after, int limit) const {
  if (limit <= 0) return {};
  PgPool::Reading database(*pool_);
  return looks_of(
      database->rows("SELECT look FROM images WHERE look > $1 AND NOT EXISTS "
                     "(SELECT 1 FROM crops WHERE crops.look = images.look AND origin = $2) ORDER BY look LIMIT $3",
                     after, origin, limit));
}

}  // namespace ootd
