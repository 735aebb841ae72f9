// SqliteCatalog as a WardrobeStore.
#include <cstring>

#include "ootd/base/clock.h"
#include "ootd/base/error.h"
#include "ootd/base/sha256.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/sqlite/statements.h"

namespace ootd {
namespace {

constexpr char kUserNo[] = "(SELECT user_no FROM users WHERE name = ?1)";

template <class T>
std::optional<T> unless_empty(const T& value) {
  return value.empty() ? std::nullopt : std::optional(value);
}

std::optional<std::span<const std::byte>> bytes_of(const std::vector<float>& vector) {
  return vector.empty() ? std::nullopt : std::optional(std::as_bytes(std::span(vector)));
}

template <class T>
std::vector<T> copied(std::span<const std::byte> blob) {
  std::vector<T> values(blob.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), blob.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace

WardrobeStore::Owned SqliteCatalog::add_own_garment(const std::string& user, const OwnGarment& garment) {
  check_own_garment(user, garment);
  Connections::Writing database(*connections_);
  const bool is_pick = garment.look != LookKey{};
  if (is_pick) require_look(*database, garment.look);
  // Equal photos are told by their hash.
  const auto photo_id = is_pick ? std::nullopt : std::optional(sha256_hex(garment.photo).substr(0, 24));
  const auto known = database->first<std::int64_t>(std::string("SELECT garment_no FROM wardrobe WHERE user_no = ") +
                                                       kUserNo + " AND category = ?2 AND (row = ?3 OR photo_id = ?4)",
                                                   user, garment.category,
                                                   is_pick ? std::optional(garment.look) : std::nullopt, photo_id);
  if (known) return {*known, false};
  database->run("INSERT OR IGNORE INTO users (name) VALUES (?1)", user);
  database->run(std::string("INSERT INTO wardrobe (user_no, category, row, photo_id, photo, model, vector, at_ms) "
                            "VALUES (") +
                    kUserNo + ", ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                user, garment.category, is_pick ? std::optional(garment.look) : std::nullopt, photo_id,
                unless_empty(garment.photo), unless_empty(garment.model), bytes_of(garment.vector),
                garment.at_ms != 0 ? garment.at_ms : now_ms());
  const std::int64_t id = database->last_insert_row();
  database.commit();
  return {id, true};
}

std::vector<OwnGarment> SqliteCatalog::own_garments(const std::string& user) const {
  Connections::Reading database(*connections_);
  Statement query(*database,
                  std::string("SELECT garment_no, category, row, photo, model, vector, at_ms FROM wardrobe "
                              "WHERE user_no = ") +
                      kUserNo + " ORDER BY garment_no",
                  user);
  std::vector<OwnGarment> garments;
  while (query.step())
    garments.push_back({.id = query.get<std::int64_t>(0),
                        .category = query.get<std::string>(1),
                        .look = query.get<LookKey>(2),  // NULL reads as 0
                        .photo = copied<std::byte>(query.get<std::span<const std::byte>>(3)),
                        .model = query.get<std::string>(4),
                        .vector = copied<float>(query.get<std::span<const std::byte>>(5)),
                        .at_ms = query.get<std::int64_t>(6)});
  return garments;
}

void SqliteCatalog::set_own_vector(const std::string& user, std::int64_t id, const std::string& model,
                                   const std::vector<float>& vector) {
  Connections::Writing database(*connections_);
  Statement query(*database,
                  std::string("SELECT category, photo FROM wardrobe WHERE photo IS NOT NULL AND garment_no = ?2 "
                              "AND user_no = ") +
                      kUserNo,
                  user, id);
  if (!query.step()) throw Error(Kind::kNotFound, "user " + user + " has no photo of a garment " + std::to_string(id));
  OwnGarment garment = {.category = query.get<std::string>(0),
                        .photo = copied<std::byte>(query.get<std::span<const std::byte>>(1)),
                        .model = model,
                        .vector = vector};
  check_own_garment(user, garment);
  database->run("UPDATE wardrobe SET model = ?2, vector = ?3 WHERE garment_no = ?1", id, unless_empty(model),
                bytes_of(vector));
  database.commit();
}

bool SqliteCatalog::remove_own_garment(const std::string& user, std::int64_t id) {
  Connections::Writing database(*connections_);
  const auto user_no = database->first<std::int64_t>(
      std::string("SELECT user_no FROM wardrobe WHERE garment_no = ?2 AND user_no = ") + kUserNo, user, id);
  if (!user_no) return false;
  database->run("DELETE FROM wardrobe WHERE garment_no = ?1", id);
  database->run(
      "DELETE FROM users WHERE user_no = ?1 AND NOT EXISTS (SELECT 1 FROM events WHERE user_no = ?1) "
      "AND NOT EXISTS (SELECT 1 FROM wardrobe WHERE user_no = ?1)",
      *user_no);
  database.scrub();
  database.commit();
  return true;
}

}  // namespace ootd
