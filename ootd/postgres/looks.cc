// PostgresCatalog as a LookStore.
#include <algorithm>
#include <unordered_map>

#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/schema.h"
#include "ootd/postgres/statements.h"

namespace ootd {
namespace {

constexpr char kImages[] = "SELECT look, id, source, file, format, bytes, width, height FROM images ";

// Of one moment: the images that `where` finds, by key, with their labels.
template <class... Values>
std::vector<ImageRecord> images_where(PgConnection& database, const std::string& where, const Values&... values) {
  PgRows rows = database.rows(kImages + where + " ORDER BY look", values...);
  std::vector<ImageRecord> images;
  std::vector<LookKey> keys;
  while (rows.next()) {
    ImageRecord image;
    image.key = rows.get<LookKey>(0);
    image.id = rows.get<std::string>(1);
    image.source = rows.get<std::string>(2);
    image.file = rows.get<std::string>(3);
    image.format = rows.get<std::string>(4);
    image.bytes = rows.get<std::int64_t>(5);
    image.width = rows.get<int>(6);
    image.height = rows.get<int>(7);
    keys.push_back(image.key);
    images.push_back(std::move(image));
  }
  if (images.empty()) return images;
  PgRows labels =
      database.rows("SELECT look, key, value FROM labels WHERE look = ANY ($1) ORDER BY look, key, value", keys);
  auto image = images.begin();
  while (labels.next()) {
    while (image->key != labels.get<LookKey>(0)) ++image;
    image->labels.push_back({labels.get<std::string>(1), labels.get<std::string>(2)});
  }
  return images;
}

std::optional<ImageRecord> first_of(std::vector<ImageRecord> images) {
  return images.empty() ? std::nullopt : std::optional(std::move(images.front()));
}

std::vector<std::string> key_names(PgConnection& database) {
  // Jumps from key to key in the index instead of reading every label.
  PgRows rows = database.rows(
      "WITH RECURSIVE names AS ((SELECT key FROM labels ORDER BY key LIMIT 1) UNION ALL "
      "SELECT (SELECT key FROM labels WHERE key > names.key ORDER BY key LIMIT 1) FROM names WHERE key IS NOT NULL) "
      "SELECT key FROM names WHERE key IS NOT NULL ORDER BY key");
  std::vector<std::string> keys;
  while (rows.next()) keys.push_back(rows.get<std::string>(0));
  return keys;
}

// A filter's tree as one statement of set operations, which PostgreSQL hashes.
class FilterStatement {
 public:
  explicit FilterStatement(PgConnection& database) : database_(database), known_keys_(key_names(database)) {}

  std::string text_of(const Filter::Node& node) {
    using Kind = Filter::Node::Kind;
    switch (node.kind) {
      case Kind::kIn:
        return node.key == Filter::kIdKey ? with_ids(node) : with_labels(node, node.values);
      case Kind::kCompare:
        return with_labels(node, values_that_hold(node));
      case Kind::kNot:
        return "(" + std::string(kAll) + " EXCEPT " + text_of(node.children.front()) + ")";
      case Kind::kOr: {
        std::string text = text_of(node.children.front());
        for (std::size_t i = 1; i < node.children.size(); ++i) text += " UNION " + text_of(node.children[i]);
        return "(" + text + ")";
      }
      case Kind::kAnd: {
        // What a "not" takes away is taken from the others, so that not all looks are read for each.
        std::string with, without;
        for (const Filter::Node& child : node.children) {
          if (child.kind == Kind::kNot)
            without += " EXCEPT " + text_of(child.children.front());
          else
            with += (with.empty() ? "" : " INTERSECT ") + text_of(child);
        }
        return "((" + (with.empty() ? kAll : with) + ")" + without + ")";
      }
    }
    throw Error(ootd::Kind::kInternal, "a filter's node of no kind");
  }
  const PgValues& values() const { return values_; }

 private:
  static constexpr char kAll[] = "SELECT look FROM images";

  std::string with_ids(const Filter::Node& node) {
    return "(SELECT look FROM images WHERE id = ANY (" + parameter(node.values) + "))";
  }
  std::string with_labels(const Filter::Node& node, const std::vector<std::string>& values) {
    if (!std::ranges::binary_search(known_keys_, node.key)) throw_unknown_key(node, known_keys_);
    const std::string key = parameter(node.key);
    return "(SELECT DISTINCT look FROM labels WHERE key = " + key + " AND value = ANY (" + parameter(values) + "))";
  }
  // Numbers and dates have an order that PostgreSQL does not know of these texts.
  std::vector<std::string> values_that_hold(const Filter::Node& node) {
    PgRows rows = database_.rows("SELECT DISTINCT value FROM labels WHERE key = $1", node.key);
    std::vector<std::string> values;
    while (rows.next())
      if (auto value = rows.get<std::string>(0); Filter::holds(node, value)) values.push_back(std::move(value));
    return values;
  }
  template <class T>
  std::string parameter(const T& value) {
    values_.add(value);
    return "$" + std::to_string(values_.types().size());
  }

  PgConnection& database_;
  const std::vector<std::string> known_keys_;
  PgValues values_;
};

}  // namespace

LookStore::Added PostgresCatalog::add_image(const ImageRecord& image) {
  check_image(image);
  PgPool::Writing database(*pool_);
  Added added;
  if (const auto known = database->first<LookKey>("SELECT look FROM images WHERE id = $1", image.id)) {
    added.key = *known;
  } else {
    added = {
        database->value<LookKey>(
            "INSERT INTO images (id, source, file, format, bytes, width, height) VALUES ($1, $2, $3, $4, $5, $6, "
            "$7) RETURNING look",
            image.id, PgBytes{image.source}, PgBytes{image.file}, image.format, image.bytes, image.width, image.height),
        true};
  }
  if (!image.labels.empty()) add_claims(database, added.key, image.source, image.labels);
  database.commit();
  return added;
}

std::int64_t PostgresCatalog::image_count() const {
  PgPool::Reading database(*pool_);
  return database->value<std::int64_t>("SELECT count(*) FROM images");
}

std::optional<ImageRecord> PostgresCatalog::find_image(const ImageId& id) const {
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  return first_of(images_where(*database, "WHERE id = $1", id));
}

std::optional<ImageRecord> PostgresCatalog::find_image(LookKey key) const {
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  return first_of(images_where(*database, "WHERE look = $1", key));
}

std::vector<ImageRecord> PostgresCatalog::find_images(std::span<const LookKey> keys) const {
  std::vector<ImageRecord> images;
  if (keys.empty()) return images;
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  const auto found = images_where(*database, "WHERE look = ANY ($1)", keys);
  for (const LookKey key : keys) {
    const auto image = std::ranges::lower_bound(found, key, {}, &ImageRecord::key);
    if (image != found.end() && image->key == key) images.push_back(*image);
  }
  return images;
}

std::optional<std::string> PostgresCatalog::file_of(LookKey key) const {
  PgPool::Reading database(*pool_);
  return database->first<std::string>("SELECT file FROM images WHERE look = $1", key);
}

std::vector<ImageRecord> PostgresCatalog::images_after(LookKey after, int limit) const {
  if (limit <= 0) return {};
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  return images_where(*database, "WHERE look IN (SELECT look FROM images WHERE look > $1 ORDER BY look LIMIT $2)",
                      after, limit);
}

std::vector<LookKey> PostgresCatalog::all_keys() const {
  PgPool::Reading database(*pool_);
  return looks_of(database->rows("SELECT look FROM images ORDER BY look"));
}

std::vector<LookKey> PostgresCatalog::keys_where(const Filter& filter) const {
  PgPool::Reading database(*pool_, PgPool::Sight::kMoment);
  FilterStatement statement(*database);
  const std::string looks = statement.text_of(filter.root());
  return looks_of(database->once("SELECT look FROM (" + looks + ") AS found ORDER BY look", statement.values()));
}

std::int64_t PostgresCatalog::label_changes() const {
  PgPool::Reading database(*pool_);
  return database->value<std::int64_t>("SELECT n FROM counters WHERE name = $1", counter_name(PgCounter::kLabels)) +
         database.counted(PgCounter::kLabels);
}

std::vector<std::pair<LookKey, std::string>> PostgresCatalog::labels_of(const std::string& key) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows("SELECT look, value FROM labels WHERE key = $1 ORDER BY look, value", key);
  std::vector<std::pair<LookKey, std::string>> labels;
  labels.reserve(rows.size());
  while (rows.next()) labels.emplace_back(rows.get<LookKey>(0), rows.get<std::string>(1));
  return labels;
}

std::vector<LookStore::LabelKey> PostgresCatalog::label_keys() const {
  PgPool::Reading database(*pool_);
  PgRows rows =
      database->rows("SELECT key, count(DISTINCT value), count(DISTINCT look) FROM labels GROUP BY key ORDER BY key");
  std::vector<LabelKey> keys;
  while (rows.next()) keys.push_back({rows.get<std::string>(0), rows.get<std::int64_t>(1), rows.get<std::int64_t>(2)});
  return keys;
}

std::vector<std::string> PostgresCatalog::label_key_names() const {
  PgPool::Reading database(*pool_);
  return key_names(*database);
}

std::optional<ImageId> PostgresCatalog::find_source(const std::string& source, std::int64_t bytes,
                                                    std::int64_t mtime_ns) const {
  PgPool::Reading database(*pool_);
  return database->first<std::string>(
      "SELECT id FROM sources JOIN images USING (look) WHERE sources.source = $1 AND sources.bytes = $2 AND mtime_ns = "
      "$3",
      PgBytes{source}, bytes, mtime_ns);
}

void PostgresCatalog::remember_source(const std::string& source, std::int64_t bytes, std::int64_t mtime_ns,
                                      const ImageId& id) {
  PgPool::Writing database(*pool_);
  const auto look = database->first<LookKey>("SELECT look FROM images WHERE id = $1", id);
  if (!look) throw Error(Kind::kNotFound, source + ": no image has the id " + id);
  database->run(
      "INSERT INTO sources (source, bytes, mtime_ns, look) VALUES ($1, $2, $3, $4) ON CONFLICT (source) DO UPDATE "
      "SET bytes = excluded.bytes, mtime_ns = excluded.mtime_ns, look = excluded.look",
      PgBytes{source}, bytes, mtime_ns, *look);
  database.commit();
}

bool PostgresCatalog::erase_image(const ImageId& id) {
  PgPool::Writing database(*pool_);
  const auto look = database->first<LookKey>("SELECT look FROM images WHERE id = $1", id);
  if (!look) return false;
  bury_vectors(*database, *look);
  if (database->first<std::int64_t>("SELECT id FROM events WHERE look = $1 LIMIT 1", *look))
    database.count(PgCounter::kErasures);
  database.count(PgCounter::kLabels);
  database->run(
      "DELETE FROM failures WHERE item = $1 OR item = (SELECT source FROM images WHERE look = $2) "
      "OR item IN (SELECT source FROM sources WHERE look = $2)",
      PgBytes{id}, *look);
  // Who has done nothing else is no user any more: no name stays behind.
  database->run(
      "DELETE FROM users WHERE user_no IN (SELECT user_no FROM events WHERE look = $1 UNION "
      "SELECT user_no FROM wardrobe WHERE look = $1) "
      "AND NOT EXISTS (SELECT 1 FROM events WHERE events.user_no = users.user_no AND look IS DISTINCT FROM $1) "
      "AND NOT EXISTS (SELECT 1 FROM wardrobe WHERE wardrobe.user_no = users.user_no AND look IS DISTINCT FROM $1)",
      *look);
  database->run("DELETE FROM images WHERE look = $1", *look);  // the foreign keys cascade
  database.commit();
  return true;
}

void PostgresCatalog::keep_out(const ImageId& id) {
  PgPool::Writing database(*pool_);
  database->run("INSERT INTO kept_out (id) VALUES ($1) ON CONFLICT DO NOTHING", id);
  database.commit();
}

bool PostgresCatalog::is_kept_out(const ImageId& id) const {
  PgPool::Reading database(*pool_);
  return database->value<bool>("SELECT EXISTS (SELECT 1 FROM kept_out WHERE id = $1)", id);
}

void PostgresCatalog::let_in(const ImageId& id) {
  PgPool::Writing database(*pool_);
  database->run("DELETE FROM kept_out WHERE id = $1", id);
  database.commit();
}

}  // namespace ootd
