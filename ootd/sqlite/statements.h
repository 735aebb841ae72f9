// What several roles of SqliteCatalog ask the database. Private to the folder.
#pragma once

#include <span>
#include <string>

#include "ootd/base/image_id.h"
#include "ootd/sqlite/database.h"

namespace ootd {

void require_look(Database& database, LookKey look);  // throws kNotFound
// Deletes the look's vectors of every generation and leaves tombstones for those who follow the feeds.
void bury_vectors(Database& database, LookKey look);

// What the source says of itself, besides what it said before.
void add_claims(Database& database, LookKey look, const std::string& source, std::span<const Label> labels);

// What caches follow: see LookStore::label_changes(), EventLog::erasures().
inline constexpr char kLabelChanges[] = "labels", kErasures[] = "erasures";
void count_change(Database& database, const char* counter);
std::int64_t changes_counted(Database& database, const char* counter);

}  // namespace ootd
