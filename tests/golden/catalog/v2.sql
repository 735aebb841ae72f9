PRAGMA application_id = 1869575268;
PRAGMA user_version = 2;
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
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
INSERT INTO "crops" VALUES(1,'detector-1/rule','',10.0,20.0,100.0,200.0);
INSERT INTO "crops" VALUES(2,'detector-1/rule','',0.5,0.0,90.0,180.0);
INSERT INTO "crops" VALUES(3,'detector-1/rule','one_garment',NULL,NULL,NULL,NULL);
INSERT INTO "crops" VALUES(5,'detector-0/rule','',5.0,5.0,50.0,50.0);
INSERT INTO "crops" VALUES(6,'detector-1/rule','',1.0,2.0,3.0,4.0);
CREATE TABLE embeddings (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  model_no INTEGER NOT NULL REFERENCES models,
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  vector BLOB NOT NULL,
  UNIQUE (row, model_no)
) STRICT;
INSERT INTO "embeddings" VALUES(1,1,1,X'0000803FCDCCCC3D0000000000000000');
INSERT INTO "embeddings" VALUES(3,1,3,X'00004040000000000000000000000000');
INSERT INTO "embeddings" VALUES(5,1,5,X'0000A040000000000000000000000000');
INSERT INTO "embeddings" VALUES(6,2,1,X'0000803F0000803F');
INSERT INTO "embeddings" VALUES(7,1,7,X'0000E040000000000000000000000000');
INSERT INTO "embeddings" VALUES(9,1,2,X'000000400000000000000000000000BF');
INSERT INTO "embeddings" VALUES(14,2,6,X'0000C0400000C040');
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
INSERT INTO "events" VALUES(1,1,'shown',1,NULL,0.25,1700000000001);
INSERT INTO "events" VALUES(2,1,'like',1,NULL,1.0,1700000000002);
INSERT INTO "events" VALUES(3,1,'dislike',2,NULL,1.0,1700000000003);
INSERT INTO "events" VALUES(4,1,'undo',2,3,1.0,1700000000004);
INSERT INTO "events" VALUES(5,2,'save',5,NULL,1.0,1700000000005);
CREATE TABLE failures (
  stage TEXT NOT NULL,
  item TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (stage, item)
) STRICT, WITHOUT ROWID;
INSERT INTO "failures" VALUES('import','/photos/bad.jpg','truncated');
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
INSERT INTO "garments" VALUES(1,'detector-1',0,'dress','',0.5,1.5,2.5,3.5,4.5);
INSERT INTO "garments" VALUES(1,'detector-1',1,'person','',0.75,0.0,0.0,300.0,500.0);
INSERT INTO "garments" VALUES(1,'label',0,'top','t-shirt',1.0,10.0,20.0,30.0,40.0);
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
INSERT INTO "images" VALUES(1,'000000000000000000000001','/photos/1.jpg','images/00/000000000000000000000001.jpg','jpeg',1001,400,600);
INSERT INTO "images" VALUES(2,'000000000000000000000002','/photos/2.jpg','images/00/000000000000000000000002.jpg','jpeg',1002,400,600);
INSERT INTO "images" VALUES(3,'000000000000000000000003','/photos/3.jpg','images/00/000000000000000000000003.jpg','jpeg',1003,400,600);
INSERT INTO "images" VALUES(5,'000000000000000000000005','/photos/5.jpg','images/00/000000000000000000000005.jpg','jpeg',1005,400,600);
INSERT INTO "images" VALUES(6,'000000000000000000000006','/photos/6.jpg','images/00/000000000000000000000006.jpg','jpeg',1006,400,600);
INSERT INTO "images" VALUES(7,'000000000000000000000007','/photos/7.jpg','images/00/000000000000000000000007.jpg','jpeg',1007,400,600);
CREATE TABLE labels (
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (row, key, value)
) STRICT, WITHOUT ROWID;
INSERT INTO "labels" VALUES(2,'split','train');
INSERT INTO "labels" VALUES(1,'style','Retro');
INSERT INTO "labels" VALUES(3,'style','Retro');
INSERT INTO "labels" VALUES(1,'style','Street');
CREATE TABLE models (
  model_no INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  dim INTEGER NOT NULL
) STRICT;
INSERT INTO "models" VALUES(1,'wide-00000001',4);
INSERT INTO "models" VALUES(2,'small-00000002',2);
CREATE TABLE settings (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "settings" VALUES('detector','detector-1');
INSERT INTO "settings" VALUES('model','wide-00000001');
INSERT INTO "settings" VALUES('model_folder','/models/wide');
CREATE TABLE sources (
  source TEXT NOT NULL PRIMARY KEY,
  bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  row INTEGER NOT NULL REFERENCES images ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "sources" VALUES('/photos/1.jpg',1001,1700000000123456789,1);
CREATE TABLE tombstones (
  model_no INTEGER NOT NULL REFERENCES models,
  sequence INTEGER NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (model_no, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO "tombstones" VALUES(1,10,4);
INSERT INTO "tombstones" VALUES(2,11,4);
INSERT INTO "tombstones" VALUES(1,13,6);
INSERT INTO "tombstones" VALUES(1,12,8);
CREATE TABLE users (
  user_no INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "users" VALUES(1,'ann');
INSERT INTO "users" VALUES(2,'bob');
INSERT INTO "users" VALUES(3,'cem');
CREATE INDEX labels_by_value ON labels (key, value, row);
CREATE INDEX sources_by_row ON sources (row);
CREATE INDEX embeddings_by_model ON embeddings (model_no);
CREATE INDEX events_by_user ON events (user_no);
CREATE INDEX events_by_row ON events (row);
CREATE INDEX tombstones_by_row ON tombstones (row, model_no);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('images',8);
INSERT INTO "sqlite_sequence" VALUES('embeddings',14);
INSERT INTO "sqlite_sequence" VALUES('events',7);
COMMIT;
