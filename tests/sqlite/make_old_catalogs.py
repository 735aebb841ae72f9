#!/usr/bin/env python3
"""Writes tests/golden/catalog/v1.sql, v2.sql and v3.sql: catalogs as the released programs of versions 1 to 3 left
them, with some of everything in them. tests/sqlite/migration_test.cc opens them with today's program.

The schemas below are copies of what was released (ootd/store/catalog_schema.cc at commit fec2fe3). They never change,
nor do the files: this was run once. Standard library only:  python3 tests/sqlite/make_old_catalogs.py
"""
import pathlib
import sqlite3
import struct

SCHEMAS = [
    """
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
""",
    """
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
""",
    """
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
""",
]

IDS = {row: f"{row:024x}" for row in range(1, 8)}  # by look


def vector(*values):
    return struct.pack(f"<{len(values)}f", *values)


def box(*numbers):
    return numbers if numbers else (None, None, None, None)


def fill_version_1(db):
    # Looks 4 and 8 were erased: 8 was the last, and its number must not be given again.
    for row in (1, 2, 3, 5, 6, 7):
        db.execute("INSERT INTO images VALUES (?, ?, ?, ?, 'jpeg', ?, 400, 600)",
                   (row, IDS[row], f"/photos/{row}.jpg", f"images/00/{IDS[row]}.jpg", 1000 + row))
    db.execute("UPDATE sqlite_sequence SET seq = 8 WHERE name = 'images'")
    db.executemany("INSERT INTO labels VALUES (?, ?, ?)",
                   [(1, "style", "Retro"), (1, "style", "Street"), (2, "split", "train"), (3, "style", "Retro")])
    db.execute("INSERT INTO sources VALUES ('/photos/1.jpg', 1001, 1700000000123456789, 1)")
    db.executemany("INSERT INTO garments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   [(1, "label", 0, "top", "t-shirt", 1, 10, 20, 30, 40),
                    (1, "detector-1", 0, "dress", "", 0.5, 1.5, 2.5, 3.5, 4.5),
                    (1, "detector-1", 1, "person", "", 0.75, 0, 0, 300, 500)])
    db.executemany("INSERT INTO models VALUES (?, ?, ?)", [(1, "wide-00000001", 4), (2, "small-00000002", 2)])
    # Number 2 was replaced by 9; 10 to 12 are erasures.
    db.executemany("INSERT INTO embeddings VALUES (?, ?, ?, ?)",
                   [(1, 1, 1, vector(1, 0.1, 0, 0)), (3, 1, 3, vector(3, 0, 0, 0)), (5, 1, 5, vector(5, 0, 0, 0)),
                    (7, 1, 7, vector(7, 0, 0, 0)), (9, 1, 2, vector(2, 0, 0, -0.5)), (6, 2, 1, vector(1, 1)),
                    (8, 2, 6, vector(6, 6))])
    db.executemany("INSERT INTO tombstones VALUES (?, ?, ?)", [(1, 10, 4), (2, 11, 4), (1, 12, 8)])
    db.execute("UPDATE sqlite_sequence SET seq = 12 WHERE name = 'embeddings'")
    # All that the third one liked was erased.
    db.executemany("INSERT INTO users VALUES (?, ?)", [(1, "ann"), (2, "bob"), (3, "cem")])
    db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
                   [(1, 1, "shown", 1, None, 0.25, 1700000000001), (2, 1, "like", 1, None, 1, 1700000000002),
                    (3, 1, "dislike", 2, None, 1, 1700000000003), (4, 1, "undo", 2, 3, 1, 1700000000004),
                    (5, 2, "save", 5, None, 1, 1700000000005)])
    db.execute("UPDATE sqlite_sequence SET seq = 7 WHERE name = 'events'")
    db.executemany("INSERT INTO settings VALUES (?, ?)",
                   [("model", "wide-00000001"), ("model_folder", "/models/wide"), ("detector", "detector-1")])
    db.execute("INSERT INTO failures VALUES ('import', '/photos/bad.jpg', 'truncated')")


def fill_version_2(db):
    db.executemany("INSERT INTO crops VALUES (?, ?, ?, ?, ?, ?, ?)",
                   [(1, "detector-1/rule", "", *box(10, 20, 100, 200)),
                    (2, "detector-1/rule", "", *box(0.5, 0, 90, 180)),
                    (3, "detector-1/rule", "one_garment", *box()), (5, "detector-0/rule", "", *box(5, 5, 50, 50)),
                    (6, "detector-1/rule", "", *box(1, 2, 3, 4))])
    # The crop of look 6 took its vectors; one model has made a new one since.
    db.execute("INSERT INTO tombstones VALUES (1, 13, 6)")
    db.execute("UPDATE embeddings SET sequence = 14 WHERE sequence = 8")
    db.execute("UPDATE sqlite_sequence SET seq = 14 WHERE name = 'embeddings'")


def fill_version_3(db):
    db.executemany(
        "INSERT INTO crawl_urls (url_no, url, request, source, origin, state, reason, attempts, etag, last_modified, "
        "row) VALUES (?, ?, ?, 'shop', 'https://shop.example', ?, ?, ?, ?, ?, ?)",
        [(1, "https://shop.example/1.jpg", "", "done", "", 0, '"etag1"', "Mon, 01 Jan 2024 00:00:00 GMT", 1),
         (2, "https://shop.example/list", '{"page":1}', "queued", "", 0, "", "", None),
         (4, "https://shop.example/4.jpg", "", "failed", "HTTP 500", 3, "", "", None)])
    db.execute("INSERT INTO crawl_labels VALUES (1, 'style', 'Retro')")
    db.execute("INSERT INTO fingerprints VALUES (1, 0, ?, ?, ?)",
               (0x0123456789ABCDEF, -2, bytes(i % 251 for i in range(16 * 16 * 3))))


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent / "golden" / "catalog"
    folder.mkdir(exist_ok=True)
    for version in (1, 2, 3):
        db = sqlite3.connect(":memory:")
        db.executescript("".join(SCHEMAS[:version]))
        fill_version_1(db)
        if version >= 2:
            fill_version_2(db)
        if version >= 3:
            fill_version_3(db)
        db.commit()
        lines = [f"PRAGMA application_id = {0x6F6F7464};", f"PRAGMA user_version = {version};",
                 "PRAGMA journal_mode = WAL;", *db.iterdump()]
        (folder / f"v{version}.sql").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
