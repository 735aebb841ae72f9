// SqliteCatalog as a ClaimStore. The table "labels" holds what the claims come to, for everybody who reads.
#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/sqlite/statements.h"

namespace ootd {
namespace {

void insert_claim(Database& database, LookKey look, const std::string& source, const std::string& by,
                  const Label& label) {
  database.run("INSERT OR IGNORE INTO claims (row, key, value, source, said_by) VALUES (?1, ?2, ?3, ?4, ?5)", look,
               label.key, label.value, source, by);
}

// Makes the look's labels what its claims come to. Returns how many it lost.
struct Settled {
  std::int64_t lost = 0, gained = 0;
};
Settled settle(Database& database, LookKey look) {
  Settled settled;
  database.run(
      "DELETE FROM labels WHERE row = ?1 AND (key, value) NOT IN "
      "(SELECT key, value FROM claims WHERE row = ?1 GROUP BY key, value HAVING max(denied) = 0)",
      look);
  settled.lost = database.changes();
  database.run(
      "INSERT OR IGNORE INTO labels (row, key, value) "
      "SELECT row, key, value FROM claims WHERE row = ?1 GROUP BY key, value HAVING max(denied) = 0",
      look);
  settled.gained = database.changes();
  if (settled.lost + settled.gained > 0) count_change(database, kLabelChanges);
  return settled;
}

}  // namespace

void add_claims(Database& database, LookKey look, const std::string& source, std::span<const Label> labels) {
  for (const Label& label : labels)
    if (Label tidy = tidied(label); !tidy.value.empty()) insert_claim(database, look, source, "", tidy);
  settle(database, look);
}

std::int64_t SqliteCatalog::put_claim(LookKey look, const Claim& claim, bool goes_on) {
  std::vector<Label> labels;
  for (const Label& label : claim.labels)
    if (Label tidy = given_label(claim.source, label); !tidy.value.empty()) labels.push_back(std::move(tidy));
  Connections::Writing database(*connections_);
  require_look(*database, look);
  if (!goes_on) {
    database->run("DELETE FROM claims WHERE row = ?1 AND source = ?2 AND said_by = ?3 AND denied = 0", look,
                  claim.source, claim.by);
    for (const Label& label : labels)
      database->run("DELETE FROM claims WHERE row = ?1 AND source = ?2 AND key = ?3", look, claim.source, label.key);
  }
  for (const Label& label : labels) insert_claim(*database, look, claim.source, claim.by, label);
  const auto settled = settle(*database, look);
  database.commit();
  return settled.lost;
}

std::vector<std::string> SqliteCatalog::sources(LookKey look) const {
  Connections::Reading database(*connections_);
  Statement query(*database,
                  "SELECT source FROM claims WHERE row = ?1 AND source != '' UNION SELECT source FROM sources WHERE "
                  "row = ?1 UNION SELECT source FROM images WHERE row = ?1 ORDER BY source",
                  look);
  std::vector<std::string> sources;
  while (query.step()) sources.push_back(query.get<std::string>(0));
  return sources;
}

std::vector<LookKey> SqliteCatalog::looks_from(const std::string& source) const {
  Connections::Reading database(*connections_);
  // What begins with "source/" lies before "source0", the next character.
  const std::string folder = source.ends_with('/') ? source.substr(0, source.size() - 1) : source;
  Statement query(*database,
                  "SELECT row FROM (SELECT row, source FROM images UNION ALL SELECT row, source FROM sources UNION ALL "
                  "SELECT row, source FROM claims) WHERE source = ?1 OR (source >= ?2 AND source < ?3) "
                  "UNION SELECT row FROM claims WHERE said_by = ?1 "
                  "UNION SELECT row FROM crawl_urls WHERE source = ?1 AND row IS NOT NULL ORDER BY row",
                  source, folder + "/", folder + "0");
  std::vector<LookKey> looks;
  while (query.step()) looks.push_back(query.get<LookKey>(0));
  return looks;
}

std::int64_t SqliteCatalog::drop_source(LookKey look, const std::string& source) {
  Connections::Writing database(*connections_);
  database->run("DELETE FROM claims WHERE row = ?1 AND source = ?2", look, source);
  database->run("DELETE FROM sources WHERE row = ?1 AND source = ?2", look, source);
  // Where the photo is said to have come from, while there is another such place.
  const auto other = database->first<std::string>(
      "SELECT min(source) FROM (SELECT source FROM sources WHERE row = ?1 UNION SELECT source FROM claims WHERE row = "
      "?1 "
      "AND source != '')",
      look);
  if (other) database->run("UPDATE images SET source = ?3 WHERE row = ?1 AND source = ?2", look, source, *other);
  const auto settled = settle(*database, look);
  database.commit();
  return settled.lost;
}

bool SqliteCatalog::label(LookKey look, const Label& label) {
  const Label tidy = given_label("label", label);
  if (tidy.value.empty()) throw Error(Kind::kInput, "label \"" + tidy.key + "\": the value is empty");
  Connections::Writing database(*connections_);
  require_look(*database, look);
  database->run("DELETE FROM claims WHERE row = ?1 AND key = ?2 AND value = ?3 AND denied = 1", look, tidy.key,
                tidy.value);
  insert_claim(*database, look, "", kByHand, tidy);
  const auto settled = settle(*database, look);
  database.commit();
  return settled.gained > 0;
}

bool SqliteCatalog::unlabel(LookKey look, const Label& label) {
  const Label tidy = given_label("label", label);
  Connections::Writing database(*connections_);
  require_look(*database, look);
  database->run("DELETE FROM claims WHERE row = ?1 AND key = ?2 AND value = ?3 AND said_by = ?4 AND source = ''", look,
                tidy.key, tidy.value, kByHand);
  database->run(
      "INSERT INTO claims (row, key, value, source, said_by, denied) SELECT ?1, ?2, ?3, '', ?4, 1 "
      "WHERE EXISTS (SELECT 1 FROM claims WHERE row = ?1 AND key = ?2 AND value = ?3)",
      look, tidy.key, tidy.value, kByHand);
  const auto settled = settle(*database, look);
  database.commit();
  return settled.lost > 0;
}

void SqliteCatalog::set_labels(LookKey look, const std::string& key, std::span<const std::string> values) {
  if (key.empty()) throw Error(Kind::kInput, "a label without a key");
  Connections::Writing database(*connections_);
  require_look(*database, look);
  database->run("DELETE FROM claims WHERE row = ?1 AND key = ?2 AND denied = 0", look, key);
  for (const auto& value : values) insert_claim(*database, look, "", kByProgram, tidied({key, value}));
  settle(*database, look);
  database.commit();
}

}  // namespace ootd
