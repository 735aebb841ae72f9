// PostgresCatalog as a ClaimStore. The table "labels" holds what the claims come to, for everybody who reads.
#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/statements.h"

namespace ootd {
namespace {

// Labels as two arrays.
struct LabelColumns {
  void add(Label label) {
    keys.push_back(std::move(label.key));
    values.push_back(std::move(label.value));
  }
  std::vector<std::string> keys, values;
};

void insert_claims(PgConnection& database, LookKey look, const std::string& source, const std::string& by,
                   const LabelColumns& labels) {
  if (labels.keys.empty()) return;
  database.run(
      "INSERT INTO claims (look, key, value, source, said_by) "
      "SELECT $1, key, value, $2, $3 FROM unnest($4::text[], $5::text[]) AS given (key, value) ON CONFLICT DO NOTHING",
      look, PgBytes{source}, PgBytes{by}, labels.keys, labels.values);
}

// Makes the look's labels what its claims come to. Returns how many it lost.
struct Settled {
  std::int64_t lost = 0, gained = 0;
};
Settled settle(PgPool::Writing& database, LookKey look) {
  Settled settled;
  settled.lost = database->run(
      "DELETE FROM labels WHERE look = $1 AND (key, value) NOT IN "
      "(SELECT key, value FROM claims WHERE look = $1 GROUP BY key, value HAVING NOT bool_or(denied))",
      look);
  settled.gained = database->run(
      "INSERT INTO labels (look, key, value) SELECT look, key, value FROM claims WHERE look = $1 "
      "GROUP BY look, key, value HAVING NOT bool_or(denied) ON CONFLICT DO NOTHING",
      look);
  if (settled.lost + settled.gained > 0) database.count(PgCounter::kLabels);
  return settled;
}

}  // namespace

void add_claims(PgPool::Writing& database, LookKey look, const std::string& source, std::span<const Label> labels) {
  LabelColumns said;
  for (const Label& label : labels)
    if (Label tidy = tidied(label); !tidy.value.empty()) said.add(std::move(tidy));
  insert_claims(*database, look, source, "", said);
  settle(database, look);
}

std::int64_t PostgresCatalog::put_claim(LookKey look, const Claim& claim, bool goes_on) {
  LabelColumns labels;
  for (const Label& label : claim.labels)
    if (Label tidy = given_label(claim.source, label); !tidy.value.empty()) labels.add(std::move(tidy));
  PgPool::Writing database(*pool_);
  require_look(*database, look);
  if (!goes_on)
    database->run(
        "DELETE FROM claims WHERE look = $1 AND source = $2 AND ((said_by = $3 AND NOT denied) OR key = ANY ($4))",
        look, PgBytes{claim.source}, PgBytes{claim.by}, labels.keys);
  insert_claims(*database, look, claim.source, claim.by, labels);
  const auto settled = settle(database, look);
  database.commit();
  return settled.lost;
}

std::vector<std::string> PostgresCatalog::sources(LookKey look) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows(
      "SELECT source FROM claims WHERE look = $1 AND source != '' UNION SELECT source FROM sources WHERE look = $1 "
      "UNION SELECT source FROM images WHERE look = $1 ORDER BY source",
      look);
  std::vector<std::string> sources;
  while (rows.next()) sources.push_back(rows.get<std::string>(0));
  return sources;
}

std::vector<LookKey> PostgresCatalog::looks_from(const std::string& source) const {
  PgPool::Reading database(*pool_);
  // What begins with "source/" lies before "source0", the next character.
  const std::string folder = source.ends_with('/') ? source.substr(0, source.size() - 1) : source;
  return looks_of(database->rows(
      "SELECT look FROM images WHERE source = $1 OR (source >= $2 AND source < $3) "
      "UNION SELECT look FROM sources WHERE source = $1 OR (source >= $2 AND source < $3) "
      "UNION SELECT look FROM claims WHERE source = $1 OR (source >= $2 AND source < $3) OR said_by = $1 ORDER BY look",
      PgBytes{source}, PgBytes{folder + "/"}, PgBytes{folder + "0"}));
}

std::int64_t PostgresCatalog::drop_source(LookKey look, const std::string& source) {
  PgPool::Writing database(*pool_);
  database->run("DELETE FROM claims WHERE look = $1 AND source = $2", look, PgBytes{source});
  database->run("DELETE FROM sources WHERE look = $1 AND source = $2", look, PgBytes{source});
  // Where the photo is said to have come from, while there is another such place.
  const auto other = database->first<std::string>(
      "SELECT source FROM (SELECT source FROM sources WHERE look = $1 UNION SELECT source FROM claims WHERE look = $1 "
      "AND source != '') AS places ORDER BY source LIMIT 1",
      look);
  if (other)
    database->run("UPDATE images SET source = $3 WHERE look = $1 AND source = $2", look, PgBytes{source},
                  PgBytes{*other});
  const auto settled = settle(database, look);
  database.commit();
  return settled.lost;
}

bool PostgresCatalog::label(LookKey look, const Label& label) {
  const Label tidy = given_label("label", label);
  if (tidy.value.empty()) throw Error(Kind::kInput, "label \"" + tidy.key + "\": the value is empty");
  PgPool::Writing database(*pool_);
  require_look(*database, look);
  database->run("DELETE FROM claims WHERE look = $1 AND key = $2 AND value = $3 AND denied", look, tidy.key,
                tidy.value);
  insert_claims(*database, look, "", kByHand, {{tidy.key}, {tidy.value}});
  const auto settled = settle(database, look);
  database.commit();
  return settled.gained > 0;
}

bool PostgresCatalog::unlabel(LookKey look, const Label& label) {
  const Label tidy = given_label("label", label);
  PgPool::Writing database(*pool_);
  require_look(*database, look);
  database->run("DELETE FROM claims WHERE look = $1 AND key = $2 AND value = $3 AND said_by = $4 AND source = ''", look,
                tidy.key, tidy.value, PgBytes{kByHand});
  database->run(
      "INSERT INTO claims (look, key, value, source, said_by, denied) SELECT $1, $2, $3, '', $4, true "
      "WHERE EXISTS (SELECT 1 FROM claims WHERE look = $1 AND key = $2 AND value = $3)",
      look, tidy.key, tidy.value, PgBytes{kByHand});
  const auto settled = settle(database, look);
  database.commit();
  return settled.lost > 0;
}

void PostgresCatalog::set_labels(LookKey look, const std::string& key, std::span<const std::string> values) {
  if (key.empty()) throw Error(Kind::kInput, "a label without a key");
  PgPool::Writing database(*pool_);
  require_look(*database, look);
  database->run("DELETE FROM claims WHERE look = $1 AND key = $2 AND NOT denied", look, key);
  LabelColumns labels;
  for (const auto& value : values) labels.add(tidied({key, value}));
  insert_claims(*database, look, "", kByProgram, labels);
  settle(database, look);
  database.commit();
}

}  // namespace ootd
