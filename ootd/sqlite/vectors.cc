// SqliteCatalog as a VectorLog.
//
// Vectors and tombstones share one sequence, which grows with every write. Since SQLite has one writer at a time,
// writes get their numbers in the order in which they commit: "after number s" misses nothing.
#include <algorithm>
#include <bit>
#include <cstring>

#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/sqlite/statements.h"

namespace ootd {
namespace {

static_assert(std::endian::native == std::endian::little, "vectors are stored as little-endian float32, copied as is");

void copy_vector(std::span<const std::byte> blob, std::span<float> out, const Generation& generation, LookKey look) {
  if (blob.size() != out.size_bytes())
    throw Error(Kind::kInput, look_text(generation, look) + ": the catalog's vector has " +
                                  std::to_string(blob.size()) + " bytes instead of " +
                                  std::to_string(out.size_bytes()) + "; run `ootd index verify`");
  std::memcpy(out.data(), blob.data(), blob.size());
}

std::vector<float> vector_of(std::span<const std::byte> blob, const Generation& generation, LookKey look) {
  std::vector<float> vector(blob.size() / sizeof(float));
  copy_vector(blob, vector, generation, look);
  return vector;
}

// Nothing for a generation that has had no vectors yet.
std::optional<std::int64_t> number_of(Database& database, const Generation& generation) {
  return database.first<std::int64_t>("SELECT generation_no FROM generations WHERE model = ?1 AND crops = ?2",
                                      generation.model, generation.crops);
}

std::int64_t made_number(Database& database, const Generation& generation, std::size_t dim) {
  check_generation(generation, dim);
  database.run("INSERT OR IGNORE INTO generations (model, crops, dim) VALUES (?1, ?2, ?3)", generation.model,
               generation.crops, dim);
  const auto stored = database.value<std::size_t>("SELECT dim FROM generations WHERE model = ?1 AND crops = ?2",
                                                  generation.model, generation.crops);
  check_same_length(generation, dim, stored);
  return *number_of(database, generation);
}

std::optional<Box> crop_box(Database& database, LookKey look, const std::string& origin) {
  Statement query(database, "SELECT x, y, w, h FROM crops WHERE row = ?1 AND origin = ?2", look, origin);
  if (!query.step()) return std::nullopt;
  return box_at(query, 0);
}

std::optional<Generation> served_at(Database& database, int place) {
  Statement query(database, "SELECT model, crops FROM serving WHERE place = ?1", place);
  if (!query.step()) return std::nullopt;
  return Generation{query.get<std::string>(0), query.get<std::string>(1)};
}

// Not INSERT OR REPLACE: SQLite would keep a journal for each statement of it, and looks through all of the journal at
// the end of each, so that loads within a Batch took time with the square of their rows (3.40).
void write_vector(Database& database, std::int64_t generation_no, LookKey look, const std::optional<Box>& crop,
                  std::span<const std::byte> vector) {
  std::int64_t former = 0;
  {
    Statement query(database, "SELECT sequence, x, y, w, h, vector FROM vectors WHERE row = ?1 AND generation_no = ?2",
                    look, generation_no);
    if (query.step()) {
      if (box_at(query, 1) == crop && std::ranges::equal(query.get<std::span<const std::byte>>(5), vector)) return;
      former = query.get<std::int64_t>(0);
    }
  }
  if (former != 0) database.run("DELETE FROM vectors WHERE sequence = ?1", former);
  const BoxColumns box(crop);
  database.run("INSERT INTO vectors (generation_no, row, x, y, w, h, vector) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
               generation_no, look, box.x, box.y, box.w, box.h, vector);
}

// prefix: what a cursor of the generation's feed begins with.
std::int64_t sequence_of(Database& database, std::string_view prefix, const VectorLog::Cursor& cursor) {
  if (cursor.empty()) return 0;
  return position_in_feed(
      prefix, cursor,
      database.first<std::int64_t>("SELECT seq FROM sqlite_sequence WHERE name = 'vectors'").value_or(0));
}

}  // namespace

void require_look(Database& database, LookKey look) {
  if (!database.first<LookKey>("SELECT row FROM images WHERE row = ?1", look))
    throw Error(Kind::kNotFound, "there is no look " + to_string(look));
}

void bury_vectors(Database& database, LookKey look) {
  Statement generations(database, "SELECT generation_no FROM vectors WHERE row = ?1 ORDER BY generation_no", look);
  std::vector<std::int64_t> numbers;
  while (generations.step()) numbers.push_back(generations.get<std::int64_t>(0));
  for (const auto number : numbers) {
    // AUTOINCREMENT's own counter, so that tombstones and vectors are one sequence.
    const auto sequence =
        database.value<std::int64_t>("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'vectors' RETURNING seq");
    database.run("INSERT INTO vector_tombstones (generation_no, sequence, row) VALUES (?1, ?2, ?3)", number, sequence,
                 look);
    database.run("DELETE FROM vectors WHERE row = ?1 AND generation_no = ?2", look, number);
  }
}

std::int64_t SqliteCatalog::put_vectors(const Generation& generation, std::span<const LookKey> looks,
                                        const Matrix& vectors, std::span<const std::optional<Box>> seen) {
  check_vectors(generation, looks, vectors, seen);
  if (looks.empty()) return 0;

  Connections::Writing database(*connections_);
  const auto number = made_number(*database, generation, vectors.cols());
  std::int64_t stored = 0;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (!database->first<LookKey>("SELECT row FROM images WHERE row = ?1", looks[i])) continue;
    const auto crop = crop_box(*database, looks[i], generation.crops);
    if (!seen.empty() && seen[i] != crop) continue;
    ++stored;
    write_vector(*database, number, looks[i], crop, std::as_bytes(vectors.row(i)));
  }
  if (stored > 0) database.commit();  // else not even the generation's length is fixed
  return stored;
}

std::int64_t SqliteCatalog::adopt_vectors(const Generation& from, const Generation& to, int limit) {
  if (from.model != to.model)
    throw Error(Kind::kInput, "vectors of model " + from.model + " are no vectors of model " + to.model);
  Connections::Writing database(*connections_);
  const auto source = number_of(*database, from);
  if (!source || from == to) return 0;
  const auto target = made_number(
      *database, to, database->value<std::size_t>("SELECT dim FROM generations WHERE generation_no = ?1", *source));
  database->run(
      "INSERT INTO vectors (generation_no, row, x, y, w, h, vector) "
      "SELECT ?2, v.row, v.x, v.y, v.w, v.h, v.vector FROM vectors v "
      "LEFT JOIN crops c ON c.row = v.row AND c.origin = ?3 "
      "WHERE v.generation_no = ?1 AND (?3 = '' OR c.row IS NOT NULL) "
      "AND v.x IS c.x AND v.y IS c.y AND v.w IS c.w AND v.h IS c.h "
      "AND NOT EXISTS (SELECT 1 FROM vectors o WHERE o.row = v.row AND o.generation_no = ?2) LIMIT ?4",
      *source, target, to.crops, limit);
  const std::int64_t adopted = database->changes();
  if (adopted > 0) database.commit();
  return adopted;
}

std::vector<LookKey> SqliteCatalog::looks_to_embed(const Generation& generation, LookKey after, int limit) const {
  std::vector<LookKey> looks;
  if (limit <= 0) return looks;
  Connections::Reading database(*connections_);
  Statement query(*database,
                  "SELECT i.row FROM images i LEFT JOIN crops c ON c.row = i.row AND c.origin = ?3 "
                  "LEFT JOIN vectors v ON v.row = i.row AND v.generation_no = ?2 WHERE i.row > ?1 AND "
                  "(v.row IS NULL OR v.x IS NOT c.x OR v.y IS NOT c.y OR v.w IS NOT c.w OR v.h IS NOT c.h) "
                  "ORDER BY i.row LIMIT ?4",
                  after, number_of(*database, generation), generation.crops, limit);
  while (query.step()) looks.push_back(query.get<LookKey>(0));
  return looks;
}

std::int64_t SqliteCatalog::vector_count(const Generation& generation) const {
  Connections::Reading database(*connections_);
  return database->value<std::int64_t>("SELECT count(*) FROM vectors WHERE generation_no = ?1",
                                       number_of(*database, generation));
}

std::size_t SqliteCatalog::vector_dim(const Generation& generation) const {
  Connections::Reading database(*connections_);
  return database
      ->first<std::size_t>("SELECT dim FROM generations WHERE model = ?1 AND crops = ?2", generation.model,
                           generation.crops)
      .value_or(0);
}

std::optional<std::vector<float>> SqliteCatalog::vector(const Generation& generation, LookKey look) const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT vector FROM vectors WHERE row = ?1 AND generation_no = ?2", look,
                  number_of(*database, generation));
  if (!query.step()) return std::nullopt;
  return vector_of(query.get<std::span<const std::byte>>(0), generation, look);
}

VectorLog::Stored SqliteCatalog::vectors(const Generation& generation, std::span<const LookKey> looks) const {
  if (looks.empty()) return {};
  Connections::Reading database(*connections_);
  const auto number = number_of(*database, generation);
  const auto dim = database->first<std::size_t>("SELECT dim FROM generations WHERE generation_no = ?1", number);
  Statement query(*database, "SELECT vector, x, y, w, h FROM vectors WHERE row = ?1 AND generation_no = ?2");
  Stored stored{Matrix(looks.size(), dim.value_or(0)), {}};
  for (std::size_t i = 0; i < looks.size(); ++i) {
    query.bind(looks[i], number);
    if (!query.step()) throw Error(Kind::kNotFound, look_text(generation, looks[i]) + ": no vector; run `ootd embed`");
    copy_vector(query.get<std::span<const std::byte>>(0), stored.vectors.row(i), generation, looks[i]);
    stored.seen.push_back(box_at(query, 1));
  }
  return stored;
}

VectorLog::Changes SqliteCatalog::changes_after(const Generation& generation, const Cursor& cursor, int limit) const {
  Connections::Reading database(*connections_);
  const auto number = number_of(*database, generation);
  if (!number && cursor.empty()) return {};
  const auto feed = database->first<std::string>("SELECT feed FROM generations WHERE generation_no = ?1", number);
  const std::string prefix = feed ? *feed + "/" : "";
  std::int64_t sequence = sequence_of(*database, prefix, cursor);
  Changes found;
  Statement query(*database,
                  "SELECT sequence, row, vector FROM vectors WHERE generation_no = ?1 AND sequence > ?2 "
                  "UNION ALL SELECT sequence, row, NULL FROM vector_tombstones WHERE generation_no = ?1 "
                  "AND sequence > ?2 ORDER BY 1 LIMIT ?3",
                  number, sequence, limit + 1);
  while (query.step()) {
    if (static_cast<int>(found.changes.size()) == limit) {
      found.more = true;
      break;
    }
    sequence = query.get<std::int64_t>(0);
    Change change{query.get<LookKey>(1), query.is_null(2), {}};
    if (!change.erased) change.vector = vector_of(query.get<std::span<const std::byte>>(2), generation, change.look);
    found.changes.push_back(std::move(change));
  }
  found.cursor = prefix + std::to_string(sequence);
  return found;
}

std::vector<VectorLog::Held> SqliteCatalog::generations() const {
  Connections::Reading database(*connections_);
  Statement query(
      *database,
      "SELECT model, crops, n FROM generations "
      "JOIN (SELECT generation_no, count(*) AS n FROM vectors GROUP BY generation_no) USING (generation_no) "
      "ORDER BY n DESC, model, crops");
  std::vector<Held> held;
  while (query.step())
    held.push_back({{query.get<std::string>(0), query.get<std::string>(1)}, query.get<std::int64_t>(2)});
  return held;
}

std::optional<Generation> SqliteCatalog::serving() const {
  Connections::Reading database(*connections_);
  return served_at(*database, 0);
}

std::optional<Generation> SqliteCatalog::served_before() const {
  Connections::Reading database(*connections_);
  return served_at(*database, 1);
}

void SqliteCatalog::serve(const Generation& generation) {
  Connections::Writing database(*connections_);
  if (served_at(*database, 0) == generation) return;
  database->run("DELETE FROM serving WHERE place = 1");
  database->run("UPDATE serving SET place = 1 WHERE place = 0");
  database->run("INSERT INTO serving (place, model, crops) VALUES (0, ?1, ?2)", generation.model, generation.crops);
  database.commit();
}

std::int64_t SqliteCatalog::drop_old_vectors(int limit) {
  Connections::Writing database(*connections_);
  constexpr char kOld[] =
      "SELECT generation_no FROM generations WHERE crops NOT IN (SELECT crops FROM serving) "
      "AND EXISTS (SELECT 1 FROM serving) LIMIT 1";
  std::int64_t dropped = 0;
  while (dropped < limit) {
    const auto number = database->first<std::int64_t>(kOld);
    if (!number) break;
    const auto before = dropped;
    // The feed says nothing of these, so who followed it must begin anew, should the generation serve once more.
    database->run("UPDATE generations SET feed = lower(hex(randomblob(8))) WHERE generation_no = ?1", *number);
    database->run(
        "DELETE FROM vectors WHERE sequence IN (SELECT sequence FROM vectors WHERE generation_no = ?1 LIMIT ?2)",
        *number, limit - dropped);
    dropped += database->changes();
    if (dropped > before) continue;
    database->run("DELETE FROM vector_tombstones WHERE generation_no = ?1", *number);
    database->run("DELETE FROM generations WHERE generation_no = ?1", *number);
  }
  database.commit();
  return dropped;
}

}  // namespace ootd
