// SqliteCatalog as a GarmentStore.
#include "ootd/catalog/store_rules.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/sqlite/statements.h"

namespace ootd {
void SqliteCatalog::put_garments(LookKey look, const std::string& origin, std::span<const Garment> garments) {
  check_garments(look, garments);
  Connections::Writing database(*connections_);
  require_look(*database, look);
  database->run("DELETE FROM garments WHERE row = ?1 AND origin = ?2", look, origin);
  for (std::size_t i = 0; i < garments.size(); ++i) {
    const Garment& garment = garments[i];
    database->run(
        "INSERT INTO garments (row, origin, number, category, fine_category, score, x, y, w, h) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        look, origin, i, garment.category, garment.fine_category, garment.score, garment.box.x, garment.box.y,
        garment.box.w, garment.box.h);
  }
  database.commit();
}

std::vector<Garment> SqliteCatalog::garments(LookKey look, const std::string& origin) const {
  Connections::Reading database(*connections_);
  Statement query(*database,
                  "SELECT category, fine_category, score, x, y, w, h FROM garments "
                  "WHERE row = ?1 AND origin = ?2 ORDER BY number",
                  look, origin);
  std::vector<Garment> garments;
  while (query.step())
    garments.push_back({query.get<std::string>(0),
                        query.get<std::string>(1),
                        query.get<float>(2),
                        {query.get<float>(3), query.get<float>(4), query.get<float>(5), query.get<float>(6)}});
  return garments;
}

std::vector<std::string> SqliteCatalog::garment_origins(LookKey look) const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT DISTINCT origin FROM garments WHERE row = ?1 ORDER BY origin", look);
  std::vector<std::string> origins;
  while (query.step()) origins.push_back(query.get<std::string>(0));
  return origins;
}

void SqliteCatalog::put_crop(LookKey look, const Crop& crop) {
  check_crop(look, crop);
  Connections::Writing database(*connections_);
  require_look(*database, look);
  const BoxColumns box(crop.box);
  database->run("INSERT OR REPLACE INTO crops (row, origin, reason, x, y, w, h) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                look, crop.origin, crop.reason, box.x, box.y, box.w, box.h);
  database.commit();
}

std::optional<Crop> SqliteCatalog::crop(LookKey look, const std::string& origin) const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT reason, x, y, w, h FROM crops WHERE row = ?1 AND origin = ?2", look, origin);
  if (!query.step()) return std::nullopt;
  return Crop{origin, query.get<std::string>(0), box_at(query, 1)};
}

std::vector<LookKey> SqliteCatalog::looks_without_crop(const std::string& origin, LookKey after, int limit) const {
  std::vector<LookKey> looks;
  if (limit <= 0) return looks;
  Connections::Reading database(*connections_);
  Statement query(*database,
                  "SELECT row FROM images WHERE row > ?1 AND NOT EXISTS "
                  "(SELECT 1 FROM crops WHERE crops.row = images.row AND origin = ?2) ORDER BY row LIMIT ?3",
                  after, origin, limit);
  while (query.step()) looks.push_back(query.get<LookKey>(0));
  return looks;
}

}  // namespace ootd
