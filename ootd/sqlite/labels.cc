// Catalog: labels, settings, failures and the check of the whole.
#include "ootd/base/error.h"
#include "ootd/store/catalog_impl.h"

namespace ootd {
namespace {

Bitmap rows_of(Statement& query) {
  Bitmap rows;
  while (query.step()) rows.add(query.get<Row>(0));
  return rows;
}

}  // namespace

std::vector<std::pair<Row, std::string>> Catalog::labels_of(const std::string& key) const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, "SELECT row, value FROM labels WHERE key = ?1 ORDER BY row, value", key);
  std::vector<std::pair<Row, std::string>> labels;
  while (query.step()) labels.emplace_back(query.get<Row>(0), query.get<std::string>(1));
  return labels;
}

void Catalog::set_labels(Row row, const std::string& key, std::span<const std::string> values) {
  if (key.empty()) throw Error(Kind::kInput, "a label without a key");
  Impl::Writing writing(*impl_);
  impl_->require_image(row);
  impl_->database.run("DELETE FROM labels WHERE row = ?1 AND key = ?2", row, key);
  for (const auto& value : values)
    impl_->database.run("INSERT OR IGNORE INTO labels (row, key, value) VALUES (?1, ?2, ?3)", row, key, value);
  writing.commit();
}

std::vector<std::string> Catalog::label_key_names() const {
  const Impl::Reading reading(*impl_);
  // Jumps from key to key in the index instead of reading every label.
  Statement next(impl_->database, "SELECT key FROM labels WHERE key > ?1 ORDER BY key LIMIT 1", "");
  std::vector<std::string> keys;
  while (next.step()) {
    keys.push_back(next.get<std::string>(0));
    next.bind(keys.back());
  }
  return keys;
}

std::vector<Catalog::LabelKey> Catalog::label_keys() const {
  const Impl::Reading reading(*impl_);
  std::vector<LabelKey> keys;
  for (const std::string& key : label_key_names()) {
    Statement query(impl_->database, "SELECT row, value FROM labels WHERE key = ?1 ORDER BY value", key);
    Bitmap rows;  // an image may carry several values
    std::optional<std::string> last;
    LabelKey counted{key, 0, 0};
    while (query.step()) {
      rows.add(query.get<Row>(0));
      if (last && *last == query.text(1)) continue;
      last = query.get<std::string>(1);
      ++counted.values;
    }
    counted.images = static_cast<std::int64_t>(rows.count());
    keys.push_back(counted);
  }
  return keys;
}

Bitmap Catalog::rows_with_label(const std::string& key, const std::string& value) const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, "SELECT row FROM labels WHERE key = ?1 AND value = ?2", key, value);
  return rows_of(query);
}

Bitmap Catalog::all_rows() const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, "SELECT row FROM images");
  return rows_of(query);
}

std::optional<std::string> Catalog::setting(const std::string& name) const {
  const Impl::Reading reading(*impl_);
  return impl_->database.first<std::string>("SELECT value FROM settings WHERE name = ?1", name);
}

void Catalog::set_setting(const std::string& name, const std::string& value) {
  Impl::Writing writing(*impl_);
  impl_->database.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", name, value);
  writing.commit();
}

void Catalog::put_failure(const Failure& failure) {
  Impl::Writing writing(*impl_);
  impl_->database.run("INSERT OR REPLACE INTO failures (stage, item, reason) VALUES (?1, ?2, ?3)", failure.stage,
                      failure.item, failure.reason);
  writing.commit();
}

void Catalog::clear_failure(const std::string& stage, const std::string& item) {
  Impl::Writing writing(*impl_);
  impl_->database.run("DELETE FROM failures WHERE stage = ?1 AND item = ?2", stage, item);
  writing.commit();
}

std::vector<Failure> Catalog::failures(const std::string& stage) const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, "SELECT item, reason FROM failures WHERE stage = ?1 ORDER BY item", stage);
  std::vector<Failure> failures;
  while (query.step()) failures.push_back({stage, query.get<std::string>(0), query.get<std::string>(1)});
  return failures;
}

std::vector<std::string> Catalog::verify() const {
  std::vector<std::string> problems;
  try {
    const Impl::Reading reading(*impl_);
    Statement integrity(impl_->database, "PRAGMA integrity_check");
    while (integrity.step())
      if (integrity.text(0) != "ok") problems.push_back(integrity.get<std::string>(0));
    Statement references(impl_->database, "PRAGMA foreign_key_check");
    while (references.step())
      problems.push_back("table " + references.get<std::string>(0) + " refers to a missing row of " +
                         references.get<std::string>(2));
    Statement lengths(impl_->database,
                      "SELECT name, count(*) FROM embeddings JOIN models USING (model_no) "
                      "WHERE length(vector) != 4 * dim GROUP BY name");
    while (lengths.step())
      problems.push_back("model " + lengths.get<std::string>(0) + ": " + lengths.get<std::string>(1) +
                         " vectors of the wrong length");
  } catch (const Error& error) {
    problems.emplace_back(error.what());  // too damaged to be walked to the end
  }
  return problems;
}

}  // namespace ootd
