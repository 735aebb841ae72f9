#include "ootd/sqlite/schema.h"

#include <chrono>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/unicode.h"

namespace ootd {
namespace {

// Step i makes version i + 1 out of version i. A released step never changes; a new need appends one.
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE images (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  file TEXT NOT NULL,
  format TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL
) STRICT;

CREATE TABLE labels (
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (row, key, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_by_value ON labels (key, value, row);

CREATE TABLE sources (
  source TEXT NOT NULL PRIMARY KEY,
  bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX sources_by_row ON sources (row);

CREATE TABLE garments (
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  origin TEXT NOT NULL,
  number INTEGER NOT NULL,
  category TEXT NOT NULL,
  fine_category TEXT NOT NULL,
  score REAL NOT NULL,
  x REAL NOT NULL,
  y REAL NOT NULL,
  w REAL NOT NULL,
  h REAL NOT NULL,
  PRIMARY KEY (row, origin, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
  model_no INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  dim INTEGER NOT NULL
) STRICT;

CREATE TABLE embeddings (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  model_no INTEGER NOT NULL REFERENCES models,
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  vector BLOB NOT NULL,
  UNIQUE (row, model_no)
) STRICT;
CREATE INDEX embeddings_by_model ON embeddings (model_no);

CREATE TABLE tombstones (
  model_no INTEGER NOT NULL REFERENCES models,
  sequence INTEGER NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (model_no, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  user_no INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_no INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('like', 'save', 'dislike', 'undo', 'shown')),
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  undoes INTEGER UNIQUE REFERENCES events ON DELETE CASCADE,
  probability REAL NOT NULL,
  at_ms INTEGER NOT NULL,
  CHECK ((kind = 'undo') = (undoes IS NOT NULL))
) STRICT;
CREATE INDEX events_by_user ON events (user_no);
CREATE INDEX events_by_row ON events (row);

CREATE TABLE settings (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE failures (
  stage TEXT NOT NULL,
  item TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (stage, item)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE crops (
  row INTEGER PRIMARY KEY REFERENCES images ON DELETE CASCADE,
  origin TEXT NOT NULL,
  reason TEXT NOT NULL,
  x REAL,
  y REAL,
  w REAL,
  h REAL,
  CHECK ((x IS NULL) = (y IS NULL) AND (x IS NULL) = (w IS NULL) AND (x IS NULL) = (h IS NULL))
) STRICT;

CREATE INDEX tombstones_by_row ON tombstones (row, model_no);
)sql",
    // The crawler's ledger (ootd/crawl/crawl_ledger.h).
    R"sql(
CREATE TABLE crawl_urls (
  url_no INTEGER PRIMARY KEY AUTOINCREMENT,
  url TEXT NOT NULL,
  request TEXT NOT NULL,
  source TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('queued', 'fetching', 'done', 'gone', 'refused_by_robots', 'opted_out', 'failed')),
  is_page INTEGER NOT NULL AS (request != '') STORED,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  etag TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  row INTEGER REFERENCES images ON DELETE SET NULL,
  UNIQUE (url, request)
) STRICT;
CREATE INDEX crawl_urls_by_state ON crawl_urls (source, state, is_page, origin, url_no);
CREATE INDEX crawl_urls_by_row ON crawl_urls (row);

CREATE TABLE crawl_labels (
  url_no INTEGER NOT NULL REFERENCES crawl_urls ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (url_no, key, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprints (
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  part INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  mirrored_hash INTEGER NOT NULL,
  pixels BLOB NOT NULL,
  PRIMARY KEY (row, part)
) STRICT, WITHOUT ROWID;
)sql",
    // Crops and vectors stand side by side, one set for each detector and rule, one generation of vectors for each
    // model and set of crops. Until here a photo had one crop, and its vectors were made of it; the crops of most
    // photos name the generation. Only an erased look leaves tombstones now, and indexes begin anew. Events may carry a
    // key of the client's. Who has no events is no user.
    R"sql(
ALTER TABLE crops RENAME TO former_crops;
CREATE TABLE crops (
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  origin TEXT NOT NULL,
  reason TEXT NOT NULL,
  x REAL,
  y REAL,
  w REAL,
  h REAL,
  PRIMARY KEY (row, origin),
  CHECK ((x IS NULL) = (y IS NULL) AND (x IS NULL) = (w IS NULL) AND (x IS NULL) = (h IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO crops SELECT row, origin, reason, x, y, w, h FROM former_crops;

CREATE TABLE generations (
  generation_no INTEGER PRIMARY KEY,
  model TEXT NOT NULL,
  crops TEXT NOT NULL,
  dim INTEGER NOT NULL,
  feed TEXT NOT NULL DEFAULT (lower(hex(randomblob(8)))),
  UNIQUE (model, crops)
) STRICT;
INSERT INTO generations (generation_no, model, crops, dim) SELECT model_no, name,
  coalesce((SELECT origin FROM crops GROUP BY origin ORDER BY count(*) DESC, origin LIMIT 1), ''), dim FROM models;

CREATE TABLE vectors (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  generation_no INTEGER NOT NULL REFERENCES generations,
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  x REAL,
  y REAL,
  w REAL,
  h REAL,
  vector BLOB NOT NULL,
  UNIQUE (row, generation_no)
) STRICT;
INSERT INTO vectors SELECT sequence, model_no, row, x, y, w, h, vector
  FROM embeddings LEFT JOIN former_crops USING (row) ORDER BY sequence;
CREATE INDEX vectors_by_generation ON vectors (generation_no);

CREATE TABLE vector_tombstones (
  generation_no INTEGER NOT NULL REFERENCES generations,
  sequence INTEGER NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (generation_no, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE serving (
  place INTEGER PRIMARY KEY CHECK (place IN (0, 1)),
  model TEXT NOT NULL,
  crops TEXT NOT NULL
) STRICT;
INSERT INTO serving SELECT 0, value,
  coalesce((SELECT origin FROM crops GROUP BY origin ORDER BY count(*) DESC, origin LIMIT 1), '')
  FROM settings WHERE name = 'model';
INSERT INTO settings SELECT 'crops', origin FROM crops GROUP BY origin ORDER BY count(*) DESC, origin LIMIT 1;
INSERT INTO settings SELECT 'crops ' || origin, json_object('detector', (SELECT value FROM settings WHERE name = 'detector'),
  'rule', (SELECT json(value) FROM settings WHERE name = 'person_rule'))
  FROM (SELECT value AS origin FROM settings WHERE name = 'crops')
  WHERE EXISTS (SELECT 1 FROM settings WHERE name = 'detector');
UPDATE settings SET name = 'folder of ' || (SELECT value FROM settings WHERE name = 'model')
  WHERE name = 'model_folder' AND EXISTS (SELECT 1 FROM settings WHERE name = 'model');
UPDATE settings SET name = 'folder of ' || (SELECT value FROM settings WHERE name = 'detector')
  WHERE name = 'detector_folder' AND EXISTS (SELECT 1 FROM settings WHERE name = 'detector');
DELETE FROM settings WHERE name IN ('model', 'detector', 'person_rule');

DELETE FROM users WHERE user_no NOT IN (SELECT user_no FROM events);

DROP TABLE tombstones;
DROP TABLE embeddings;
DROP TABLE models;
DROP TABLE former_crops;

ALTER TABLE events ADD COLUMN client_key TEXT;
CREATE UNIQUE INDEX events_by_client_key ON events (user_no, client_key) WHERE client_key IS NOT NULL;
)sql",
    // A shown card says how it was dealt; swipes may be skips; a quiz belongs to no look. Cards shown until here were
    // logged when they were dealt, seen or not: `deal` is unknown. Caches follow two counters.
    R"sql(
CREATE TABLE events_5 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_no INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('like', 'save', 'dislike', 'skip', 'undo', 'shown', 'quiz')),
  row INTEGER REFERENCES images ON DELETE CASCADE,
  undoes INTEGER UNIQUE REFERENCES events_5 ON DELETE CASCADE,
  policy TEXT,
  probability REAL,
  prediction REAL,
  place INTEGER,
  dealt_after INTEGER,
  picks TEXT,
  at_ms INTEGER NOT NULL,
  client_key TEXT,
  CHECK ((kind = 'undo') = (undoes IS NOT NULL)),
  CHECK ((kind = 'quiz') = (row IS NULL)),
  CHECK ((kind = 'quiz') = (picks IS NOT NULL))
) STRICT;
INSERT INTO events_5 (id, user_no, kind, row, undoes, probability, at_ms, client_key)
  SELECT id, user_no, kind, row, undoes, iif(kind = 'shown', probability, NULL), at_ms, client_key FROM events;
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'events') WHERE name = 'events_5';
INSERT INTO sqlite_sequence (name, seq) SELECT 'events_5', seq FROM sqlite_sequence
  WHERE name = 'events' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events_5');
DROP TABLE events;
ALTER TABLE events_5 RENAME TO events;
CREATE INDEX events_by_user ON events (user_no);
CREATE INDEX events_by_row ON events (row);
CREATE UNIQUE INDEX events_by_client_key ON events (user_no, client_key) WHERE client_key IS NOT NULL;

CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, n) VALUES ('labels', 0), ('erasures', 0);
)sql",
    // People's own garments.
    R"sql(
CREATE TABLE wardrobe (
  garment_no INTEGER PRIMARY KEY AUTOINCREMENT,
  user_no INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
  category TEXT NOT NULL,
  row INTEGER REFERENCES images ON DELETE CASCADE,
  photo_id TEXT,
  photo BLOB,
  model TEXT,
  vector BLOB,
  at_ms INTEGER NOT NULL,
  CHECK ((row IS NULL) = (photo IS NOT NULL)),
  CHECK ((photo_id IS NULL) = (photo IS NULL)),
  CHECK ((model IS NULL) = (vector IS NULL)),
  CHECK (vector IS NULL OR photo IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX wardrobe_by_look ON wardrobe (user_no, row, category) WHERE row IS NOT NULL;
CREATE UNIQUE INDEX wardrobe_by_photo ON wardrobe (user_no, photo_id, category) WHERE photo_id IS NOT NULL;
CREATE INDEX wardrobe_by_row ON wardrobe (row);
)sql",
    // Who says what of a look; until here only what all said together was known, and it counts as the photo's own word.
    // Ids that stay away. A crawl knows which of a url's labels this round has seen.
    R"sql(
CREATE TABLE claims (
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  source TEXT NOT NULL,
  said_by TEXT NOT NULL,
  denied INTEGER NOT NULL DEFAULT 0 CHECK (denied IN (0, 1)),
  PRIMARY KEY (row, key, value, source, said_by)
) STRICT, WITHOUT ROWID;
INSERT INTO claims (row, key, value, source, said_by)
  SELECT row, key, value, iif(key IN ('crop', 'palette', 'copy_of'), '', source),
    iif(key IN ('crop', 'palette', 'copy_of'), 'ootd', '')
  FROM labels JOIN images USING (row);

CREATE TABLE kept_out (
  id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

ALTER TABLE crawl_labels ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
)sql",
};
constexpr std::int64_t kVersion = std::size(kMigrations);

// The file's version, 0 for an empty file; refuses what is not ours.
std::int64_t checked_version(Database& database) {
  // Of one moment: another program's commit between the reads would look like a database of somebody else's.
  const Transaction moment(database, Transaction::Mode::kRead);
  const auto version = database.value<std::int64_t>("PRAGMA user_version");
  const auto application = database.value<std::int64_t>("PRAGMA application_id");
  const bool empty = !database.first<std::int64_t>("SELECT 1 FROM sqlite_schema LIMIT 1").has_value();
  if (application != kApplicationId && !empty)
    throw Error(Kind::kInput,
                database.path() + ": an SQLite database, but no ootd catalog; move it away or choose another --home");
  if (version > kVersion)
    throw Error(Kind::kInput, database.path() + ": catalog version " + std::to_string(version) +
                                  ", this program knows up to " + std::to_string(kVersion) + "; use a newer ootd");
  return version;
}

// Before version 7 a name could be stored in pieces (NFD), which nobody could ask for now (base/user_id.h).
void compose_names(Database& database) {
  std::vector<std::pair<std::int64_t, std::string>> users;
  {
    Statement query(database, "SELECT user_no, name FROM users");
    while (query.step()) users.emplace_back(query.get<std::int64_t>(0), query.get<std::string>(1));
  }
  for (const auto& [number, name] : users) {
    const std::string composed = is_utf8(name) ? encode_utf8(nfc(decode_utf8(name))) : name;
    if (composed == name) continue;
    if (const auto other = database.first<std::int64_t>("SELECT user_no FROM users WHERE name = ?1", composed)) {
      database.run("UPDATE OR IGNORE events SET user_no = ?2 WHERE user_no = ?1", number, *other);
      database.run("UPDATE OR IGNORE wardrobe SET user_no = ?2 WHERE user_no = ?1", number, *other);
      database.run("DELETE FROM users WHERE user_no = ?1", number);  // with what the other has under the same key
    } else {
      database.run("UPDATE users SET name = ?2 WHERE user_no = ?1", number, composed);
    }
  }
}

// Two programs that make the same catalog at once: SQLite does not wait here by itself, as elsewhere under
// busy_timeout.
void enter_wal_mode(Database& database) {
  for (int attempts_left = 1000;; --attempts_left) {
    try {
      const auto mode = database.value<std::string>("PRAGMA journal_mode = WAL");
      if (mode == "wal") return;
      throw Error(Kind::kInput, database.path() + ": this file system does not support SQLite's WAL mode (got " + mode +
                                    "); put the workspace on a local disk");
    } catch (const Error& error) {
      if (error.kind() != Kind::kUnavailable || attempts_left == 0) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

void open_catalog(Database& database) {
  checked_version(database);
  // secure_delete: an erased user's bytes are overwritten with zeros, not left in free pages.
  // cache_size: in KiB; keeps the indexes of a million labels in memory during an import.
  // journal_size_limit: the WAL of one huge batch does not stay on disk.
  database.execute(R"sql(
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -65536;
    PRAGMA journal_size_limit = 67108864;
  )sql");
  enter_wal_mode(database);
  if (checked_version(database) == kVersion) return;
  Transaction transaction(database, Transaction::Mode::kWrite);
  // Read again: another program may have migrated while this one waited for the lock.
  for (auto version = checked_version(database); version < kVersion; ++version) {
    database.execute(kMigrations[version]);
    if (version + 1 == 7) compose_names(database);
  }
  database.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                   "; PRAGMA user_version = " + std::to_string(kVersion));
  transaction.commit();
}

void prepare_reader(Database& database) {
  database.execute(R"sql(
    PRAGMA query_only = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;
  )sql");
}

}  // namespace ootd
