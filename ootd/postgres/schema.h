// The tables of a catalog in PostgreSQL (docs/formats.md explains each column) and how a schema becomes one. Private to
// the folder.
#pragma once

#include <string>

#include "ootd/postgres/connection.h"

namespace ootd {

enum class PgCounter;

// Makes the first schema of the connection's search_path a catalog of the newest version. Several programs may do so at
// once. A schema of a newer program, or a server that is too old, is refused before anything changes.
void open_catalog(PgConnection& connection);

// The two numbers of the advisory lock that writers hold, "n, m".
std::string writers_lock(const PgConnection& connection);

const char* counter_name(PgCounter counter);

}  // namespace ootd
