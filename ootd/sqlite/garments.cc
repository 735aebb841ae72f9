// Catalog: garments and crops.
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/store/catalog_impl.h"

namespace ootd {
namespace {

// A Catalog has one per row; the box's columns are all NULL or none.
std::optional<Crop> crop_of(Database& database, Row row) {
  Statement query(database, "SELECT origin, reason, x, y, w, h FROM crops WHERE row = ?1", row);
  if (!query.step()) return std::nullopt;
  Crop crop{query.get<std::string>(0), query.get<std::string>(1), std::nullopt};
  if (!query.is_null(2))
    crop.box = Box{query.get<float>(2), query.get<float>(3), query.get<float>(4), query.get<float>(5)};
  return crop;
}

bool is_finite(const Box& box) { return std::isfinite(box.x + box.y + box.w + box.h); }

}  // namespace

void Catalog::put_garments(Row row, const std::string& origin, std::span<const Garment> garments) {
  for (const Garment& garment : garments) {
    if (!is_finite(garment.box) || !std::isfinite(garment.score))
      throw Error(Kind::kInput, "row " + std::to_string(row) + ": the box or score of a garment (" + garment.category +
                                    ") is not a finite number");
  }
  Impl::Writing writing(*impl_);
  impl_->require_image(row);
  impl_->database.run("DELETE FROM garments WHERE row = ?1 AND origin = ?2", row, origin);
  for (std::size_t i = 0; i < garments.size(); ++i) {
    const Garment& garment = garments[i];
    impl_->database.run(
        "INSERT INTO garments (row, origin, number, category, fine_category, score, x, y, w, h) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        row, origin, i, garment.category, garment.fine_category, garment.score, garment.box.x, garment.box.y,
        garment.box.w, garment.box.h);
  }
  writing.commit();
}

std::vector<Garment> Catalog::garments(Row row, const std::string& origin) const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database,
                  "SELECT category, fine_category, score, x, y, w, h FROM garments "
                  "WHERE row = ?1 AND origin = ?2 ORDER BY number",
                  row, origin);
  std::vector<Garment> garments;
  while (query.step())
    garments.push_back({query.get<std::string>(0),
                        query.get<std::string>(1),
                        query.get<float>(2),
                        {query.get<float>(3), query.get<float>(4), query.get<float>(5), query.get<float>(6)}});
  return garments;
}

void Catalog::put_crop(Row row, const Crop& crop) {
  const std::string where = "row " + std::to_string(row) + ": a crop ";
  if (crop.origin.empty()) throw Error(Kind::kInput, where + "without an origin");
  if (crop.box && !(is_finite(*crop.box) && crop.box->w > 0 && crop.box->h > 0))
    throw Error(Kind::kInput, where + "needs a box of finite numbers with an area");
  if (crop.box.has_value() != crop.reason.empty())
    throw Error(Kind::kInput, where + "has a box or a reason why not, not both or neither");
  Impl::Writing writing(*impl_);
  impl_->require_image(row);
  const auto before = crop_of(impl_->database, row);
  if ((before ? before->box : std::nullopt) != crop.box)
    impl_->bury_vectors(row, "*");
  else if (before && before->origin != crop.origin)
    impl_->bury_vectors(row, "*#*");
  const auto side = [&](float Box::* member) {
    return crop.box ? std::optional<double>((*crop.box).*member) : std::nullopt;
  };
  impl_->database.run(
      "INSERT OR REPLACE INTO crops (row, origin, reason, x, y, w, h) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", row,
      crop.origin, crop.reason, side(&Box::x), side(&Box::y), side(&Box::w), side(&Box::h));
  writing.commit();
}

std::optional<Crop> Catalog::crop(Row row) const {
  const Impl::Reading reading(*impl_);
  return crop_of(impl_->database, row);
}

std::vector<Row> Catalog::rows_without_crop(const std::string& origin, Row after, int limit) const {
  std::vector<Row> rows;
  if (limit <= 0) return rows;
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database,
                  "SELECT row FROM images WHERE row > ?1 AND NOT EXISTS "
                  "(SELECT 1 FROM crops WHERE crops.row = images.row AND origin = ?2) ORDER BY row LIMIT ?3",
                  after, origin, limit);
  while (query.step()) rows.push_back(query.get<Row>(0));
  return rows;
}

}  // namespace ootd
