// What several roles of PostgresCatalog ask the database. Private to the folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/postgres/pool.h"

namespace ootd {

void require_look(PgConnection& database, LookKey look);  // throws kNotFound
// The next `count` numbers of the feeds' sequence; returns the one before them. The counter's row stays locked until
// the transaction ends, so that numbers grow in the order in which writes commit.
std::int64_t take_sequence(PgConnection& database, std::int64_t count);
// Deletes the look's vectors of every generation and leaves tombstones for those who follow the feeds.
void bury_vectors(PgConnection& database, LookKey look);
// What the source says of itself, besides what it said before.
void add_claims(PgPool::Writing& database, LookKey look, const std::string& source, std::span<const Label> labels);

std::vector<LookKey> looks_of(PgRows rows);  // the first column

}  // namespace ootd
