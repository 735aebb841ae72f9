#include "ootd/postgres/schema.h"

#include <cstdint>
#include <iterator>

#include "ootd/base/error.h"
#include "ootd/postgres/pool.h"

namespace ootd {
namespace {

// "ootd" in ASCII: of advisory locks, the first number. The second is the schema's oid, or 0 while tables are made.
constexpr std::int32_t kLockClass = 0x6f6f7464;

// Step i makes version i + 1 out of version i. A released step never changes; a new need appends one.
//
// text is compared byte by byte (COLLATE "C"), as SQLite does. bytea: what may hold a path, which need be no UTF-8.
// pgvector's vector holds float32 bit for bit, so that it is the truth, and an index may be made of it as it is
// (or of vector::halfvec(dim), per generation).
constexpr const char* kMigrationSteps[] = {
    R"sql(
CREATE TABLE images (
  look bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  source bytea NOT NULL,
  file bytea NOT NULL,
  format text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  width bigint NOT NULL,
  height bigint NOT NULL
);
CREATE INDEX images_by_source ON images (source);

CREATE TABLE labels (
  look bigint NOT NULL REFERENCES images ON DELETE CASCADE,
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  PRIMARY KEY (look, key, value)
);
CREATE INDEX labels_by_value ON labels (key, value, look);

CREATE TABLE claims (
  look bigint NOT NULL REFERENCES images ON DELETE CASCADE,
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  source bytea NOT NULL,
  said_by bytea NOT NULL,
  denied boolean NOT NULL DEFAULT false,
  PRIMARY KEY (look, key, value, source, said_by)
);
CREATE INDEX claims_by_source ON claims (source);
CREATE INDEX claims_by_author ON claims (said_by);

CREATE TABLE sources (
  source bytea PRIMARY KEY,
  bytes bigint NOT NULL,
  mtime_ns bigint NOT NULL,
  look bigint NOT NULL REFERENCES images ON DELETE CASCADE
);
CREATE INDEX sources_by_look ON sources (look);

CREATE TABLE kept_out (
  id text COLLATE "C" PRIMARY KEY
);

CREATE TABLE garments (
  look bigint NOT NULL REFERENCES images ON DELETE CASCADE,
  origin text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  category text COLLATE "C" NOT NULL,
  fine_category text COLLATE "C" NOT NULL,
  score double precision NOT NULL,
  x double precision NOT NULL,
  y double precision NOT NULL,
  w double precision NOT NULL,
  h double precision NOT NULL,
  PRIMARY KEY (look, origin, number)
);

CREATE TABLE crops (
  look bigint NOT NULL REFERENCES images ON DELETE CASCADE,
  origin text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  x double precision,
  y double precision,
  w double precision,
  h double precision,
  PRIMARY KEY (look, origin),
  CHECK ((x IS NULL) = (y IS NULL) AND (x IS NULL) = (w IS NULL) AND (x IS NULL) = (h IS NULL))
);

CREATE TABLE fingerprints (
  look bigint NOT NULL REFERENCES images ON DELETE CASCADE,
  part bigint NOT NULL,
  hash bigint NOT NULL,
  mirrored_hash bigint NOT NULL,
  pixels bytea NOT NULL,
  PRIMARY KEY (look, part)
);

CREATE TABLE generations (
  generation_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model text COLLATE "C" NOT NULL,
  crops text COLLATE "C" NOT NULL,
  dim bigint NOT NULL,
  feed text COLLATE "C" NOT NULL DEFAULT gen_random_uuid()::text,
  UNIQUE (model, crops)
);

CREATE TABLE vectors (
  generation_no bigint NOT NULL REFERENCES generations,
  sequence bigint NOT NULL,
  look bigint NOT NULL REFERENCES images ON DELETE CASCADE,
  x double precision,
  y double precision,
  w double precision,
  h double precision,
  vector vector NOT NULL,
  PRIMARY KEY (generation_no, sequence),
  UNIQUE (look, generation_no)
);

CREATE TABLE vector_tombstones (
  generation_no bigint NOT NULL REFERENCES generations,
  sequence bigint NOT NULL,
  look bigint NOT NULL,
  PRIMARY KEY (generation_no, sequence)
);

CREATE TABLE serving (
  place bigint PRIMARY KEY CHECK (place IN (0, 1)),
  model text COLLATE "C" NOT NULL,
  crops text COLLATE "C" NOT NULL
);

CREATE TABLE users (
  user_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_no bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('like', 'save', 'dislike', 'skip', 'undo', 'shown', 'quiz')),
  look bigint REFERENCES images ON DELETE CASCADE,
  undoes bigint UNIQUE REFERENCES events ON DELETE CASCADE,
  policy text COLLATE "C",
  probability double precision,
  prediction double precision,
  place bigint,
  dealt_after bigint,
  picks text,
  at_ms bigint NOT NULL,
  client_key text COLLATE "C",
  CHECK ((kind = 'undo') = (undoes IS NOT NULL)),
  CHECK ((kind = 'quiz') = (look IS NULL)),
  CHECK ((kind = 'quiz') = (picks IS NOT NULL))
);
CREATE INDEX events_by_user ON events (user_no, id);
CREATE INDEX events_by_look ON events (look);
CREATE UNIQUE INDEX events_by_client_key ON events (user_no, client_key) WHERE client_key IS NOT NULL;

CREATE TABLE wardrobe (
  garment_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_no bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  category text COLLATE "C" NOT NULL,
  look bigint REFERENCES images ON DELETE CASCADE,
  photo_id text COLLATE "C",
  photo bytea,
  model text COLLATE "C",
  vector vector,
  at_ms bigint NOT NULL,
  CHECK ((look IS NULL) = (photo IS NOT NULL)),
  CHECK ((photo_id IS NULL) = (photo IS NULL)),
  CHECK ((model IS NULL) = (vector IS NULL)),
  CHECK (vector IS NULL OR photo IS NOT NULL)
);
CREATE UNIQUE INDEX wardrobe_by_look ON wardrobe (user_no, look, category) WHERE look IS NOT NULL;
CREATE UNIQUE INDEX wardrobe_by_photo ON wardrobe (user_no, photo_id, category) WHERE photo_id IS NOT NULL;
CREATE INDEX wardrobe_of_look ON wardrobe (look);

CREATE TABLE settings (
  name text COLLATE "C" PRIMARY KEY,
  value bytea NOT NULL
);

CREATE TABLE failures (
  stage text COLLATE "C" NOT NULL,
  item bytea NOT NULL,
  reason bytea NOT NULL,
  PRIMARY KEY (stage, item)
);

CREATE TABLE counters (
  name text COLLATE "C" PRIMARY KEY,
  n bigint NOT NULL
);
INSERT INTO counters (name, n) VALUES ('labels', 0), ('erasures', 0), ('sequence', 0);
)sql",
};
constexpr std::int64_t kNewest = std::size(kMigrationSteps);

// Tables of this schema alone: another one of the search_path may hold a catalog too. Those of extensions are nobody's.
constexpr char kTables[] =
    "SELECT coalesce(bool_or(relname = 'ootd_version'), false), min(relname) FROM pg_class c "
    "WHERE relnamespace = $1::oid AND relkind IN ('r', 'p') AND NOT EXISTS "
    "(SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')";

// 0 for an empty schema; refuses a newer program's and what is not ours.
std::int64_t checked_version(PgConnection& connection) {
  // Not prepared, as all here: it is asked twice at most.
  PgRows tables = connection.once(kTables, PgValues::of(connection.schema()));
  tables.next();
  if (!tables.get<bool>(0)) {
    if (tables.is_null(1)) return 0;
    throw Error(Kind::kInput, connection.place() + ": the schema holds tables, but no ootd catalog (" +
                                  tables.get<std::string>(1) + "); give it a schema of its own: CREATE SCHEMA ootd, " +
                                  "and ?options=-csearch_path%3Dootd,public in the address");
  }
  PgRows rows = connection.once("SELECT version FROM ootd_version", {});
  const auto version = rows.next() ? rows.get<std::int64_t>(0) : 0;
  if (version > kNewest)
    throw Error(Kind::kInput, connection.place() + ": catalog version " + std::to_string(version) +
                                  ", this program knows up to " + std::to_string(kNewest) + "; use a newer ootd");
  return version;
}

void require_pgvector(PgConnection& connection) {
  try {
    connection.script("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public");
  } catch (const Error& error) {
    if (error.kind() == Kind::kUnavailable) throw;
    throw Error(Kind::kInput, std::string(error.what()) +
                                  "; this database needs the extension pgvector: have its packages installed and "
                                  "CREATE EXTENSION vector run by somebody who may");
  }
  PgRows rows = connection.once(
      "SELECT extversion, string_to_array(extversion, '.')::int[] >= ARRAY[0, 8], nspname, "
      "to_regtype('vector') IS NOT NULL FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
      "WHERE extname = 'vector'",
      {});
  if (!rows.next()) throw Error(Kind::kInternal, connection.place() + ": CREATE EXTENSION made none");
  if (!rows.get<bool>(1))
    throw Error(Kind::kInput, connection.place() + ": pgvector " + rows.get<std::string>(0) +
                                  " is too old; ootd needs 0.8 or newer (ALTER EXTENSION vector UPDATE)");
  if (!rows.get<bool>(3))
    throw Error(Kind::kInput, connection.place() + ": pgvector lies in the schema \"" + rows.get<std::string>(2) +
                                  "\", which the search_path does not name; add it");
}

}  // namespace

void open_catalog(PgConnection& connection) {
  if (connection.server_version() < 150'000)
    throw Error(Kind::kInput, connection.place() + ": PostgreSQL " +
                                  std::to_string(connection.server_version() / 10'000) +
                                  " is too old; ootd needs 15 or newer");
  if (checked_version(connection) == kNewest) return;
  // Two locks: of all who make tables in this database (the extension is the database's), then of the writers.
  connection.script("BEGIN; SELECT pg_advisory_xact_lock(" + std::to_string(kLockClass) +
                    ", 0); SELECT pg_advisory_xact_lock(" + writers_lock(connection) + ")");
  try {
    // Read again: another program may have migrated while this one waited.
    auto version = checked_version(connection);
    if (version == 0) {
      require_pgvector(connection);
      connection.script("CREATE TABLE ootd_version (version bigint NOT NULL); INSERT INTO ootd_version VALUES (0)");
    }
    for (; version < kNewest; ++version) connection.script(kMigrationSteps[version]);
    connection.script("UPDATE ootd_version SET version = " + std::to_string(kNewest));
    connection.commit();
  } catch (...) {
    try {
      connection.script("ROLLBACK");
    } catch (const Error&) {  // the first error counts
    }
    throw;
  }
}

std::string writers_lock(const PgConnection& connection) {
  // An oid is unsigned, the lock's number is not.
  return std::to_string(kLockClass) + ", " + std::to_string(static_cast<std::int32_t>(connection.schema()));
}

const char* counter_name(PgCounter counter) { return counter == PgCounter::kLabels ? "labels" : "erasures"; }

}  // namespace ootd
