// PostgresCatalog as a VectorLog.
//
// Vectors and tombstones share one sequence, which grows with every write. Its numbers come from a row of "counters",
// not from a PostgreSQL sequence: who takes some keeps the row locked until its transaction has ended, so that whoever
// takes later ones commits later. "After number s" therefore misses nothing, however long a transaction takes.
#include <unordered_map>

#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/statements.h"

namespace ootd {
namespace {

struct KnownGeneration {
  std::int64_t number = 0;
  std::size_t dim = 0;
  std::string feed;
};

// Nothing for a generation that has had no vectors yet.
std::optional<KnownGeneration> known_generation(PgConnection& database, const Generation& generation) {
  PgRows rows = database.rows("SELECT generation_no, dim, feed FROM generations WHERE model = $1 AND crops = $2",
                              generation.model, generation.crops);
  if (!rows.next()) return std::nullopt;
  return KnownGeneration{rows.get<std::int64_t>(0), rows.get<std::size_t>(1), rows.get<std::string>(2)};
}

std::optional<std::int64_t> number_of(PgConnection& database, const Generation& generation) {
  const auto known = known_generation(database, generation);
  return known ? std::optional(known->number) : std::nullopt;
}

std::int64_t made_number(PgConnection& database, const Generation& generation, std::size_t dim) {
  check_generation(generation, dim);
  if (const auto known = known_generation(database, generation)) {
    check_same_length(generation, dim, known->dim);
    return known->number;
  }
  return database.value<std::int64_t>(
      "INSERT INTO generations (model, crops, dim) VALUES ($1, $2, $3) RETURNING generation_no", generation.model,
      generation.crops, dim);
}

std::optional<Generation> served_at(PgConnection& database, int place) {
  PgRows rows = database.rows("SELECT model, crops FROM serving WHERE place = $1", place);
  if (!rows.next()) return std::nullopt;
  return Generation{rows.get<std::string>(0), rows.get<std::string>(1)};
}

// prefix: what a cursor of the generation's feed begins with.
std::int64_t sequence_of(PgConnection& database, std::string_view prefix, const VectorLog::Cursor& cursor) {
  if (cursor.empty()) return 0;
  return position_in_feed(prefix, cursor,
                          database.value<std::int64_t>("SELECT n FROM counters WHERE name = 'sequence'"));
}

}  // namespace

void require_look(PgConnection& database, LookKey look) {
  if (!database.first<LookKey>("SELECT look FROM images WHERE look = $1", look))
    throw Error(Kind::kNotFound, "there is no look " + to_string(look));
}

std::int64_t take_sequence(PgConnection& database, std::int64_t count) {
  return database.value<std::int64_t>("UPDATE counters SET n = n + $1 WHERE name = 'sequence' RETURNING n - $1", count);
}

void bury_vectors(PgConnection& database, LookKey look) {
  const auto count = database.value<std::int64_t>("SELECT count(*) FROM vectors WHERE look = $1", look);
  if (count == 0) return;
  database.run(
      "WITH buried AS (DELETE FROM vectors WHERE look = $1 RETURNING generation_no) "
      "INSERT INTO vector_tombstones (generation_no, sequence, look) "
      "SELECT generation_no, $2 + row_number() OVER (ORDER BY generation_no), $1 FROM buried",
      look, take_sequence(database, count));
}

std::int64_t PostgresCatalog::put_vectors(const Generation& generation, std::span<const LookKey> looks,
                                          const Matrix& vectors, std::span<const std::optional<Box>> seen) {
  check_vectors(generation, looks, vectors, seen);
  if (looks.empty()) return 0;

  PgPool::Writing database(*pool_);
  const auto number = made_number(*database, generation, vectors.cols());
  // Of a look that comes twice the last vector counts; one statement may not change a row twice.
  std::unordered_map<LookKey, std::size_t> last;
  for (std::size_t i = 0; i < looks.size(); ++i) last[looks[i]] = i;
  std::vector<LookKey> keys;
  std::vector<PgVector> numbers;
  std::vector<std::optional<double>> x, y, w, h;
  const unsigned type = database->vector_type();
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (last[looks[i]] != i) continue;
    keys.push_back(looks[i]);
    numbers.push_back({type, vectors.row(i)});
    const BoxColumns box(seen.empty() ? std::nullopt : seen[i]);
    x.push_back(box.x), y.push_back(box.y), w.push_back(box.w), h.push_back(box.h);
  }
  const auto before = take_sequence(*database, static_cast<std::int64_t>(keys.size()));
  const std::int64_t stored = database->run(
      "INSERT INTO vectors (generation_no, sequence, look, x, y, w, h, vector) "
      "SELECT $1, $2 + given.number, i.look, c.x, c.y, c.w, c.h, given.vector "
      "FROM unnest($5::bigint[], $6::vector[], $7::float8[], $8::float8[], $9::float8[], $10::float8[]) WITH "
      "ORDINALITY "
      "AS given (look, vector, x, y, w, h, number) JOIN images i ON i.look = given.look "
      "LEFT JOIN crops c ON c.look = i.look AND c.origin = $3 "
      "WHERE $4 OR (given.x IS NOT DISTINCT FROM c.x AND given.y IS NOT DISTINCT FROM c.y "
      "AND given.w IS NOT DISTINCT FROM c.w AND given.h IS NOT DISTINCT FROM c.h) "
      "ON CONFLICT (look, generation_no) DO UPDATE SET sequence = excluded.sequence, x = excluded.x, y = excluded.y, "
      "w = excluded.w, h = excluded.h, vector = excluded.vector",
      number, before, generation.crops, seen.empty(), keys, numbers, x, y, w, h);
  if (stored > 0) database.commit();  // else not even the generation's length is fixed
  return stored;
}

std::int64_t PostgresCatalog::adopt_vectors(const Generation& from, const Generation& to, int limit) {
  if (from.model != to.model)
    throw Error(Kind::kInput, "vectors of model " + from.model + " are no vectors of model " + to.model);
  PgPool::Writing database(*pool_);
  const auto source = known_generation(*database, from);
  if (!source || from == to) return 0;
  const auto target = made_number(*database, to, source->dim);
  const std::int64_t adopted = database->run(
      "INSERT INTO vectors (generation_no, sequence, look, x, y, w, h, vector) "
      "SELECT $2, $5 + row_number() OVER (), v.look, v.x, v.y, v.w, v.h, v.vector FROM vectors v "
      "LEFT JOIN crops c ON c.look = v.look AND c.origin = $3 "
      "WHERE v.generation_no = $1 AND ($3 = '' OR c.look IS NOT NULL) "
      "AND v.x IS NOT DISTINCT FROM c.x AND v.y IS NOT DISTINCT FROM c.y "
      "AND v.w IS NOT DISTINCT FROM c.w AND v.h IS NOT DISTINCT FROM c.h "
      "AND NOT EXISTS (SELECT 1 FROM vectors o WHERE o.look = v.look AND o.generation_no = $2) LIMIT $4",
      source->number, target, to.crops, limit, take_sequence(*database, limit));
  if (adopted > 0) database.commit();
  return adopted;
}

std::vector<LookKey> PostgresCatalog::looks_to_embed(const Generation& generation, LookKey after, int limit) const {
  if (limit <= 0) return {};
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  return looks_of(
      database->rows("SELECT i.look FROM images i LEFT JOIN crops c ON c.look = i.look AND c.origin = $3 "
                     "LEFT JOIN vectors v ON v.look = i.look AND v.generation_no = $2 WHERE i.look > $1 AND "
                     "(v.look IS NULL OR v.x IS DISTINCT FROM c.x OR v.y IS DISTINCT FROM c.y "
                     "OR v.w IS DISTINCT FROM c.w OR v.h IS DISTINCT FROM c.h) ORDER BY i.look LIMIT $4",
                     after, number_of(*database, generation), generation.crops, limit));
}

std::int64_t PostgresCatalog::vector_count(const Generation& generation) const {
  PgPool::Reading database(*pool_);
  return database->value<std::int64_t>(
      "SELECT count(*) FROM vectors WHERE generation_no = (SELECT generation_no FROM generations WHERE model = $1 AND "
      "crops = $2)",
      generation.model, generation.crops);
}

std::size_t PostgresCatalog::vector_dim(const Generation& generation) const {
  PgPool::Reading database(*pool_);
  const auto known = known_generation(*database, generation);
  return known ? known->dim : 0;
}

std::optional<std::vector<float>> PostgresCatalog::vector(const Generation& generation, LookKey look) const {
  PgPool::Reading database(*pool_);
  return database->first<std::vector<float>>(
      "SELECT vector FROM vectors JOIN generations USING (generation_no) WHERE look = $1 AND model = $2 AND crops = $3",
      look, generation.model, generation.crops);
}

VectorLog::Stored PostgresCatalog::vectors(const Generation& generation, std::span<const LookKey> looks) const {
  if (looks.empty()) return {};
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  const auto known = known_generation(*database, generation);
  Stored stored{Matrix(looks.size(), known ? known->dim : 0), {}};
  PgRows rows = database->rows(
      "SELECT v.vector, v.x, v.y, v.w, v.h FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (look, number) "
      "LEFT JOIN vectors v ON v.look = asked.look AND v.generation_no = $2 ORDER BY number",
      looks, known ? std::optional(known->number) : std::nullopt);
  for (std::size_t i = 0; rows.next(); ++i) {
    if (rows.is_null(0))
      throw Error(Kind::kNotFound, look_text(generation, looks[i]) + ": no vector; run `ootd embed`");
    const auto vector = rows.get<std::vector<float>>(0);
    if (vector.size() != known->dim)
      throw Error(Kind::kInput, look_text(generation, looks[i]) + ": the catalog's vector has " +
                                    std::to_string(vector.size()) + " numbers instead of " +
                                    std::to_string(known->dim) + "; run `ootd index verify`");
    std::ranges::copy(vector, stored.vectors.row(i).begin());
    stored.seen.push_back(box_at(rows, 1));
  }
  return stored;
}

VectorLog::Changes PostgresCatalog::changes_after(const Generation& generation, const Cursor& cursor, int limit) const {
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  const auto known = known_generation(*database, generation);
  if (!known && cursor.empty()) return {};
  const std::string prefix = known ? known->feed + "/" : "";
  std::int64_t sequence = sequence_of(*database, prefix, cursor);
  Changes found;
  PgRows rows = database->rows(
      "(SELECT sequence, look, vector FROM vectors WHERE generation_no = $1 AND sequence > $2 ORDER BY sequence LIMIT "
      "$3) "
      "UNION ALL "
      "(SELECT sequence, look, NULL FROM vector_tombstones WHERE generation_no = $1 AND sequence > $2 "
      "ORDER BY sequence LIMIT $3) ORDER BY sequence LIMIT $3",
      known->number, sequence, std::int64_t{limit} + 1);
  while (rows.next()) {
    if (static_cast<int>(found.changes.size()) == limit) {
      found.more = true;
      break;
    }
    sequence = rows.get<std::int64_t>(0);
    found.changes.push_back({rows.get<LookKey>(1), rows.is_null(2), rows.get<std::vector<float>>(2)});
  }
  found.cursor = prefix + std::to_string(sequence);
  return found;
}

std::vector<VectorLog::Held> PostgresCatalog::generations() const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows(
      "SELECT model, crops, n FROM generations "
      "JOIN (SELECT generation_no, count(*) AS n FROM vectors GROUP BY generation_no) AS counted USING (generation_no) "
      "ORDER BY n DESC, model, crops");
  std::vector<Held> held;
  while (rows.next()) held.push_back({{rows.get<std::string>(0), rows.get<std::string>(1)}, rows.get<std::int64_t>(2)});
  return held;
}

std::optional<Generation> PostgresCatalog::serving() const {
  PgPool::Reading database(*pool_);
  return served_at(*database, 0);
}

std::optional<Generation> PostgresCatalog::served_before() const {
  PgPool::Reading database(*pool_);
  return served_at(*database, 1);
}

void PostgresCatalog::serve(const Generation& generation) {
  PgPool::Writing database(*pool_);
  if (served_at(*database, 0) == generation) return;
  database->run("DELETE FROM serving WHERE place = 1");
  database->run("UPDATE serving SET place = 1 WHERE place = 0");
  database->run("INSERT INTO serving (place, model, crops) VALUES (0, $1, $2)", generation.model, generation.crops);
  database.commit();
}

std::int64_t PostgresCatalog::drop_old_vectors(int limit) {
  PgPool::Writing database(*pool_);
  std::int64_t dropped = 0;
  while (dropped < limit) {
    const auto number = database->first<std::int64_t>(
        "SELECT generation_no FROM generations WHERE crops NOT IN (SELECT crops FROM serving) "
        "AND EXISTS (SELECT 1 FROM serving) LIMIT 1");
    if (!number) break;
    // The feed says nothing of these, so who followed it must begin anew, should the generation serve once more.
    database->run("UPDATE generations SET feed = gen_random_uuid()::text WHERE generation_no = $1", *number);
    const auto gone = database->run(
        "DELETE FROM vectors WHERE generation_no = $1 AND sequence IN "
        "(SELECT sequence FROM vectors WHERE generation_no = $1 ORDER BY sequence LIMIT $2)",
        *number, limit - dropped);
    dropped += gone;
    if (gone > 0) continue;
    database->run("DELETE FROM vector_tombstones WHERE generation_no = $1", *number);
    database->run("DELETE FROM generations WHERE generation_no = $1", *number);
  }
  database.commit();
  return dropped;
}

}  // namespace ootd
