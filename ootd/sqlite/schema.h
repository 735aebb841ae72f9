// The tables of catalog.db (docs/formats.md explains each column) and how a file becomes one. Private to the folder.
#pragma once

#include "ootd/sqlite/database.h"

namespace ootd {

// Written into the file's header: "ootd" in ASCII.
inline constexpr std::int64_t kApplicationId = 0x6f6f7464;

// Makes the connection safe (WAL, FULL, foreign keys, secure delete) and the file a catalog of the newest version.
// A file that is none, or of a newer program, is refused before a byte of it changes.
void open_catalog(Database& database);

// One more connection to a file that open_catalog() has opened, which only reads.
void prepare_reader(Database& database);

}  // namespace ootd
