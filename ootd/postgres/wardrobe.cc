// PostgresCatalog as a WardrobeStore.
#include "ootd/base/clock.h"
#include "ootd/base/error.h"
#include "ootd/base/sha256.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/statements.h"

namespace ootd {
namespace {

constexpr char kUserNo[] = "(SELECT user_no FROM users WHERE name = $1)";

std::optional<std::string> model_of(const OwnGarment& garment) {
  return garment.model.empty() ? std::nullopt : std::optional(garment.model);
}

std::optional<std::vector<std::byte>> photo_of(const OwnGarment& garment) {
  return garment.photo.empty() ? std::nullopt : std::optional(garment.photo);
}

std::optional<PgVector> vector_of(PgConnection& database, const OwnGarment& garment) {
  return garment.vector.empty() ? std::nullopt : std::optional(PgVector{database.vector_type(), garment.vector});
}

std::vector<std::byte> photo_at(const PgRows& rows, int column) {
  const auto bytes = rows.get<std::span<const std::byte>>(column);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

WardrobeStore::Owned PostgresCatalog::add_own_garment(const std::string& user, const OwnGarment& garment) {
  check_own_garment(user, garment);
  PgPool::Writing database(*pool_);
  const bool is_pick = garment.look != LookKey{};
  if (is_pick) require_look(*database, garment.look);
  const auto look = is_pick ? std::optional(garment.look) : std::nullopt;
  // Equal photos are told by their hash.
  const auto photo_id = is_pick ? std::nullopt : std::optional(sha256_hex(garment.photo).substr(0, 24));
  const auto known = database->first<std::int64_t>(std::string("SELECT garment_no FROM wardrobe WHERE user_no = ") +
                                                       kUserNo + " AND category = $2 AND (look = $3 OR photo_id = $4)",
                                                   user, garment.category, look, photo_id);
  if (known) return {*known, false};
  database->run("INSERT INTO users (name) VALUES ($1) ON CONFLICT DO NOTHING", user);
  // The type of NULL too: the statement is prepared once.
  const auto vector = vector_of(*database, garment);
  const auto id = database->value<std::int64_t>(
      std::string("INSERT INTO wardrobe (user_no, category, look, photo_id, photo, model, vector, at_ms) VALUES (") +
          kUserNo + ", $2, $3, $4, $5, $6, $7::vector, $8) RETURNING garment_no",
      user, garment.category, look, photo_id, photo_of(garment), model_of(garment), vector,
      garment.at_ms != 0 ? garment.at_ms : now_ms());
  database.commit();
  return {id, true};
}

std::vector<OwnGarment> PostgresCatalog::own_garments(const std::string& user) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows(std::string("SELECT garment_no, category, look, photo, model, vector, at_ms FROM "
                                           "wardrobe WHERE user_no = ") +
                                   kUserNo + " ORDER BY garment_no",
                               user);
  std::vector<OwnGarment> garments;
  while (rows.next())
    garments.push_back({.id = rows.get<std::int64_t>(0),
                        .category = rows.get<std::string>(1),
                        .look = rows.get<LookKey>(2),  // NULL reads as 0
                        .photo = photo_at(rows, 3),
                        .model = rows.get<std::string>(4),
                        .vector = rows.get<std::vector<float>>(5),
                        .at_ms = rows.get<std::int64_t>(6)});
  return garments;
}

void PostgresCatalog::set_own_vector(const std::string& user, std::int64_t id, const std::string& model,
                                     const std::vector<float>& vector) {
  PgPool::Writing database(*pool_);
  PgRows rows = database->rows(
      std::string("SELECT category, photo FROM wardrobe WHERE photo IS NOT NULL AND garment_no = $2 AND user_no = ") +
          kUserNo,
      user, id);
  if (!rows.next()) throw Error(Kind::kNotFound, "user " + user + " has no photo of a garment " + std::to_string(id));
  const OwnGarment garment = {
      .category = rows.get<std::string>(0), .photo = photo_at(rows, 1), .model = model, .vector = vector};
  check_own_garment(user, garment);
  database->run("UPDATE wardrobe SET model = $2, vector = $3::vector WHERE garment_no = $1", id, model_of(garment),
                vector_of(*database, garment));
  database.commit();
}

bool PostgresCatalog::remove_own_garment(const std::string& user, std::int64_t id) {
  PgPool::Writing database(*pool_);
  const auto user_no = database->first<std::int64_t>(
      std::string("DELETE FROM wardrobe WHERE garment_no = $2 AND user_no = ") + kUserNo + " RETURNING user_no", user,
      id);
  if (!user_no) return false;
  database->run(
      "DELETE FROM users WHERE user_no = $1 AND NOT EXISTS (SELECT 1 FROM events WHERE user_no = $1) "
      "AND NOT EXISTS (SELECT 1 FROM wardrobe WHERE user_no = $1)",
      *user_no);
  database.commit();
  return true;
}

}  // namespace ootd
