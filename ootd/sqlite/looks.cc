// SqliteCatalog as a LookStore.
#include <algorithm>
#include <unordered_map>

#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/sqlite/statements.h"

namespace ootd {
namespace {

constexpr char kImageColumns[] = "SELECT row, id, source, file, format, bytes, width, height FROM images ";

ImageRecord image_of(const Statement& query) {
  ImageRecord image;
  image.key = query.get<LookKey>(0);
  image.id = query.get<std::string>(1);
  image.source = query.get<std::string>(2);
  image.file = query.get<std::string>(3);
  image.format = query.get<std::string>(4);
  image.bytes = query.get<std::int64_t>(5);
  image.width = query.get<int>(6);
  image.height = query.get<int>(7);
  return image;
}

// The image that `where` finds, with its labels.
template <class Value>
std::optional<ImageRecord> image_where(Database& database, const char* where, const Value& value) {
  Statement query(database, std::string(kImageColumns) + where, value);
  if (!query.step()) return std::nullopt;
  ImageRecord image = image_of(query);
  Statement labels(database, "SELECT key, value FROM labels WHERE row = ?1 ORDER BY key, value", image.key);
  while (labels.step()) image.labels.push_back({labels.get<std::string>(0), labels.get<std::string>(1)});
  return image;
}

std::optional<ImageRecord> image_at(Database& database, LookKey key) {
  return image_where(database, "WHERE row = ?1", key);
}

std::vector<std::string> key_names(Database& database) {
  // Jumps from key to key in the index instead of reading every label.
  Statement next(database, "SELECT key FROM labels WHERE key > ?1 ORDER BY key LIMIT 1", "");
  std::vector<std::string> keys;
  while (next.step()) {
    keys.push_back(next.get<std::string>(0));
    next.bind(keys.back());
  }
  return keys;
}

using Keys = std::vector<LookKey>;  // ascending

Keys keys_of(Statement& query) {
  Keys keys;
  while (query.step()) keys.push_back(query.get<LookKey>(0));
  return keys;
}

// A filter's tree over lists of keys: the labels' index gives each list in order.
class FilterReader {
 public:
  explicit FilterReader(Database& database) : database_(database) {}

  Keys read(const Filter::Node& node) {
    using Node = Filter::Node;
    switch (node.kind) {
      case Node::Kind::kIn:
        return node.key == Filter::kIdKey ? with_ids(node) : with_labels(node);
      case Node::Kind::kCompare:
        return compared(node);
      case Node::Kind::kNot:
        return all_but(read(node.children.front()));
      case Node::Kind::kAnd:
      case Node::Kind::kOr: {
        Keys keys = read(node.children.front());
        for (std::size_t i = 1; i < node.children.size(); ++i) {
          const Keys other = read(node.children[i]);
          keys = node.kind == Node::Kind::kAnd ? both(keys, other) : either(keys, other);
        }
        return keys;
      }
    }
    throw Error(Kind::kInternal, "a filter's node of no kind");
  }

 private:
  static Keys both(const Keys& a, const Keys& b) {
    Keys keys;
    std::ranges::set_intersection(a, b, std::back_inserter(keys));
    return keys;
  }
  static Keys either(const Keys& a, const Keys& b) {
    Keys keys;
    std::ranges::set_union(a, b, std::back_inserter(keys));
    return keys;
  }

  Keys with_ids(const Filter::Node& node) {
    Keys keys;
    for (const std::string& id : node.values)
      if (const auto key = database_.first<LookKey>("SELECT row FROM images WHERE id = ?1", id)) keys.push_back(*key);
    std::ranges::sort(keys);
    return keys;
  }

  Keys with_labels(const Filter::Node& node) {
    require_key(node);
    Keys keys;
    for (const std::string& value : node.values) keys = either(keys, label(node.key, value));
    return keys;
  }

  Keys compared(const Filter::Node& node) {
    require_key(node);
    Statement query(database_, "SELECT DISTINCT value FROM labels WHERE key = ?1", node.key);
    Keys keys;
    std::vector<std::string> values;
    while (query.step())
      if (auto value = query.get<std::string>(0); Filter::holds(node, value)) values.push_back(std::move(value));
    for (const std::string& value : values) {
      const Keys& one = label(node.key, value);
      keys.insert(keys.end(), one.begin(), one.end());
    }
    std::ranges::sort(keys);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    return keys;
  }

  void require_key(const Filter::Node& node) {
    if (!known_keys_) known_keys_ = key_names(database_);
    if (!std::ranges::binary_search(*known_keys_, node.key)) throw_unknown_key(node, *known_keys_);
  }

  const Keys& label(const std::string& key, const std::string& value) {
    const auto [place, is_new] = labels_.try_emplace(key + '\0' + value);
    if (is_new) {
      Statement query(database_, "SELECT row FROM labels WHERE key = ?1 AND value = ?2 ORDER BY row", key, value);
      place->second = keys_of(query);
    }
    return place->second;
  }

  Keys all_but(const Keys& keys) {
    if (!all_) {
      Statement query(database_, "SELECT row FROM images ORDER BY row");
      all_ = keys_of(query);
    }
    Keys rest;
    std::ranges::set_difference(*all_, keys, std::back_inserter(rest));
    return rest;
  }

  Database& database_;
  std::optional<std::vector<std::string>> known_keys_;  // read at the first need, as all others here
  std::optional<Keys> all_;
  std::unordered_map<std::string, Keys> labels_;
};

}  // namespace

LookStore::Added SqliteCatalog::add_image(const ImageRecord& image) {
  check_image(image);
  Connections::Writing database(*connections_);
  Added added;
  if (const auto known = database->first<LookKey>("SELECT row FROM images WHERE id = ?1", image.id)) {
    added.key = *known;
  } else {
    database->run(
        "INSERT INTO images (id, source, file, format, bytes, width, height) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        image.id, image.source, image.file, image.format, image.bytes, image.width, image.height);
    added = {static_cast<LookKey>(database->last_insert_row()), true};
  }
  if (!image.labels.empty()) add_claims(*database, added.key, image.source, image.labels);
  database.commit();
  return added;
}

std::int64_t SqliteCatalog::image_count() const {
  Connections::Reading database(*connections_);
  return database->value<std::int64_t>("SELECT count(*) FROM images");
}

std::optional<ImageRecord> SqliteCatalog::find_image(const ImageId& id) const {
  Connections::Reading database(*connections_);
  return image_where(*database, "WHERE id = ?1", id);
}

std::optional<ImageRecord> SqliteCatalog::find_image(LookKey key) const {
  Connections::Reading database(*connections_);
  return image_at(*database, key);
}

std::vector<ImageRecord> SqliteCatalog::find_images(std::span<const LookKey> keys) const {
  Connections::Reading database(*connections_);
  std::vector<ImageRecord> images;
  for (const LookKey key : keys)
    if (auto image = image_at(*database, key)) images.push_back(*std::move(image));
  return images;
}

std::optional<std::string> SqliteCatalog::file_of(LookKey key) const {
  Connections::Reading database(*connections_);
  return database->first<std::string>("SELECT file FROM images WHERE row = ?1", key);
}

std::vector<ImageRecord> SqliteCatalog::images_after(LookKey after, int limit) const {
  std::vector<ImageRecord> images;
  if (limit <= 0) return images;
  Connections::Reading database(*connections_);
  Statement query(*database, std::string(kImageColumns) + "WHERE row > ?1 ORDER BY row LIMIT ?2", after, limit);
  while (query.step()) images.push_back(image_of(query));
  if (images.empty()) return images;
  Statement labels(*database, "SELECT row, key, value FROM labels WHERE row BETWEEN ?1 AND ?2 ORDER BY row, key, value",
                   images.front().key, images.back().key);
  auto image = images.begin();
  while (labels.step()) {
    while (image->key != labels.get<LookKey>(0)) ++image;
    image->labels.push_back({labels.get<std::string>(1), labels.get<std::string>(2)});
  }
  return images;
}

std::vector<LookKey> SqliteCatalog::all_keys() const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT row FROM images ORDER BY row");
  return keys_of(query);
}

std::vector<LookKey> SqliteCatalog::keys_where(const Filter& filter) const {
  Connections::Reading database(*connections_);
  return FilterReader(*database).read(filter.root());
}

std::int64_t SqliteCatalog::label_changes() const {
  Connections::Reading database(*connections_);
  return changes_counted(*database, kLabelChanges);
}

std::vector<std::pair<LookKey, std::string>> SqliteCatalog::labels_of(const std::string& key) const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT row, value FROM labels WHERE key = ?1 ORDER BY row, value", key);
  std::vector<std::pair<LookKey, std::string>> labels;
  while (query.step()) labels.emplace_back(query.get<LookKey>(0), query.get<std::string>(1));
  return labels;
}

std::vector<LookStore::LabelKey> SqliteCatalog::label_keys() const {
  Connections::Reading database(*connections_);
  std::vector<LabelKey> keys;
  for (const std::string& key : key_names(*database)) {
    LabelKey counted{key, 0, 0};
    Statement values(*database, "SELECT count(DISTINCT value), count(DISTINCT row) FROM labels WHERE key = ?1", key);
    if (values.step()) counted = {key, values.get<std::int64_t>(0), values.get<std::int64_t>(1)};
    keys.push_back(counted);
  }
  return keys;
}

std::vector<std::string> SqliteCatalog::label_key_names() const {
  Connections::Reading database(*connections_);
  return key_names(*database);
}

std::optional<ImageId> SqliteCatalog::find_source(const std::string& source, std::int64_t bytes,
                                                  std::int64_t mtime_ns) const {
  Connections::Reading database(*connections_);
  return database->first<std::string>(
      "SELECT id FROM sources JOIN images USING (row) "
      "WHERE sources.source = ?1 AND sources.bytes = ?2 AND mtime_ns = ?3",
      source, bytes, mtime_ns);
}

void SqliteCatalog::remember_source(const std::string& source, std::int64_t bytes, std::int64_t mtime_ns,
                                    const ImageId& id) {
  Connections::Writing database(*connections_);
  const auto look = database->first<LookKey>("SELECT row FROM images WHERE id = ?1", id);
  if (!look) throw Error(Kind::kNotFound, source + ": no image has the id " + id);
  database->run("INSERT OR REPLACE INTO sources (source, bytes, mtime_ns, row) VALUES (?1, ?2, ?3, ?4)", source, bytes,
                mtime_ns, *look);
  database.commit();
}

bool SqliteCatalog::erase_image(const ImageId& id) {
  Connections::Writing database(*connections_);
  const auto look = database->first<LookKey>("SELECT row FROM images WHERE id = ?1", id);
  if (!look) return false;
  bury_vectors(*database, *look);
  if (database->first<std::int64_t>("SELECT 1 FROM events WHERE row = ?1 LIMIT 1", *look))
    count_change(*database, kErasures);
  count_change(*database, kLabelChanges);
  database->run(
      "DELETE FROM failures WHERE item = ?1 OR item = (SELECT source FROM images WHERE row = ?2) "
      "OR item IN (SELECT source FROM sources WHERE row = ?2)",
      id, *look);
  // Who has done nothing else is no user any more: no name stays behind.
  database->run(
      "DELETE FROM users WHERE user_no IN (SELECT user_no FROM events WHERE row = ?1 UNION "
      "SELECT user_no FROM wardrobe WHERE row = ?1) "
      "AND NOT EXISTS (SELECT 1 FROM events WHERE events.user_no = users.user_no AND row IS NOT ?1) "
      "AND NOT EXISTS (SELECT 1 FROM wardrobe WHERE wardrobe.user_no = users.user_no AND row IS NOT ?1)",
      *look);
  database->run("DELETE FROM images WHERE row = ?1", *look);  // the foreign keys cascade
  database.scrub();
  database.commit();
  return true;
}

void SqliteCatalog::keep_out(const ImageId& id) {
  Connections::Writing database(*connections_);
  database->run("INSERT OR IGNORE INTO kept_out (id) VALUES (?1)", id);
  database.commit();
}

bool SqliteCatalog::is_kept_out(const ImageId& id) const {
  Connections::Reading database(*connections_);
  return database->first<std::int64_t>("SELECT 1 FROM kept_out WHERE id = ?1", id).has_value();
}

void SqliteCatalog::let_in(const ImageId& id) {
  Connections::Writing database(*connections_);
  database->run("DELETE FROM kept_out WHERE id = ?1", id);
  database.commit();
}

}  // namespace ootd
