// Catalog: vectors and their changes.
#include <bit>
#include <cmath>
#include <cstring>

#include "ootd/base/error.h"
#include "ootd/store/catalog_impl.h"

namespace ootd {
namespace {

static_assert(std::endian::native == std::endian::little, "vectors are stored as little-endian float32, copied as is");

std::string row_text(const std::string& model, Row row) { return "model " + model + ", row " + std::to_string(row); }

void copy_vector(std::span<const std::byte> blob, std::span<float> out, const std::string& model, Row row) {
  if (blob.size() != out.size_bytes())
    throw Error(Kind::kInput, row_text(model, row) + ": the catalog's vector has " + std::to_string(blob.size()) +
                                  " bytes instead of " + std::to_string(out.size_bytes()) +
                                  "; run `ootd index verify`");
  std::memcpy(out.data(), blob.data(), blob.size());
}

std::vector<float> vector_of(std::span<const std::byte> blob, const std::string& model, Row row) {
  std::vector<float> vector(blob.size() / sizeof(float));
  copy_vector(blob, vector, model, row);
  return vector;
}

}  // namespace

std::optional<std::int64_t> Catalog::Impl::model_no(const std::string& model) {
  return database.first<std::int64_t>("SELECT model_no FROM models WHERE name = ?1", model);
}

void Catalog::Impl::bury_vectors(Row row, const std::string& model_pattern) {
  Statement models(database,
                   "SELECT model_no FROM embeddings JOIN models USING (model_no) WHERE row = ?1 AND name GLOB ?2 "
                   "ORDER BY model_no",
                   row, model_pattern);
  std::vector<std::int64_t> numbers;
  while (models.step()) numbers.push_back(models.get<std::int64_t>(0));
  for (const auto number : numbers) {
    // AUTOINCREMENT's own counter, so that tombstones and vectors are one sequence.
    const auto sequence = database.value<std::int64_t>(
        "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'embeddings' RETURNING seq");
    database.run("INSERT INTO tombstones (model_no, sequence, row) VALUES (?1, ?2, ?3)", number, sequence, row);
    database.run("DELETE FROM embeddings WHERE row = ?1 AND model_no = ?2", row, number);
  }
}

void Catalog::put_embeddings(const std::string& model, std::span<const Row> rows, const Matrix& vectors) {
  if (rows.size() != vectors.rows())
    throw Error(Kind::kInput, "model " + model + ": " + std::to_string(vectors.rows()) + " vectors for " +
                                  std::to_string(rows.size()) + " rows");
  if (rows.empty()) return;
  if (model.empty() || vectors.cols() == 0)
    throw Error(Kind::kInput, "model \"" + model + "\": a model needs a name and vectors of at least one number");
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const float value : vectors.row(i))
      if (!std::isfinite(value))
        throw Error(Kind::kInput, row_text(model, rows[i]) + ": the vector holds a value that is no finite number");

  Impl::Writing writing(*impl_);
  Database& database = impl_->database;
  database.run("INSERT OR IGNORE INTO models (name, dim) VALUES (?1, ?2)", model, vectors.cols());
  const auto dim = database.value<std::size_t>("SELECT dim FROM models WHERE name = ?1", model);
  if (dim != vectors.cols())
    throw Error(Kind::kInput, "model " + model + ": vectors of length " + std::to_string(vectors.cols()) +
                                  ", but those stored have " + std::to_string(dim));
  const auto model_no = impl_->model_no(model);
  // REPLACE deletes the old vector and inserts anew, so a replaced vector takes a new sequence number.
  Statement insert(database, "INSERT OR REPLACE INTO embeddings (model_no, row, vector) VALUES (?1, ?2, ?3)");
  // A vector says all that its row's tombstone said: whoever follows the changes replaces the row.
  Statement unbury(database, "DELETE FROM tombstones WHERE row = ?1 AND model_no = ?2");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    impl_->require_image(rows[i]);
    insert.run(model_no, rows[i], std::as_bytes(vectors.row(i)));
    unbury.run(rows[i], model_no);
  }
  writing.commit();
}

std::vector<Row> Catalog::rows_without_embedding(const std::string& model, Row after, int limit) const {
  std::vector<Row> rows;
  if (limit <= 0) return rows;
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database,
                  "SELECT row FROM images WHERE row > ?1 AND NOT EXISTS "
                  "(SELECT 1 FROM embeddings WHERE embeddings.row = images.row AND model_no = ?2) "
                  "ORDER BY row LIMIT ?3",
                  after, impl_->model_no(model), limit);
  while (query.step()) rows.push_back(query.get<Row>(0));
  return rows;
}

std::int64_t Catalog::embedding_count(const std::string& model) const {
  const Impl::Reading reading(*impl_);
  return impl_->database.value<std::int64_t>("SELECT count(*) FROM embeddings WHERE model_no = ?1",
                                             impl_->model_no(model));
}

std::size_t Catalog::embedding_dim(const std::string& model) const {
  const Impl::Reading reading(*impl_);
  return impl_->database.first<std::size_t>("SELECT dim FROM models WHERE name = ?1", model).value_or(0);
}

std::optional<std::vector<float>> Catalog::embedding(const std::string& model, Row row) const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, "SELECT vector FROM embeddings WHERE row = ?1 AND model_no = ?2", row,
                  impl_->model_no(model));
  if (!query.step()) return std::nullopt;
  return vector_of(query.get<std::span<const std::byte>>(0), model, row);
}

Matrix Catalog::embeddings(const std::string& model, std::span<const Row> rows) const {
  if (rows.empty()) return {};
  const Impl::Reading reading(*impl_);
  const auto dim = impl_->database.first<std::size_t>("SELECT dim FROM models WHERE name = ?1", model);
  const auto model_no = impl_->model_no(model);
  Statement query(impl_->database, "SELECT vector FROM embeddings WHERE row = ?1 AND model_no = ?2");
  Matrix vectors(rows.size(), dim.value_or(0));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    query.bind(rows[i], model_no);
    if (!query.step()) throw Error(Kind::kNotFound, row_text(model, rows[i]) + ": no vector; run `ootd embed`");
    copy_vector(query.get<std::span<const std::byte>>(0), vectors.row(i), model, rows[i]);
  }
  return vectors;
}

std::vector<Catalog::Change> Catalog::changes_after(const std::string& model, std::int64_t sequence, int limit) const {
  std::vector<Change> changes;
  if (limit <= 0) return changes;
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database,
                  "SELECT sequence, row, vector FROM embeddings WHERE model_no = ?1 AND sequence > ?2 "
                  "UNION ALL SELECT sequence, row, NULL FROM tombstones WHERE model_no = ?1 AND sequence > ?2 "
                  "ORDER BY 1 LIMIT ?3",
                  impl_->model_no(model), sequence, limit);
  while (query.step()) {
    Change change{query.get<std::int64_t>(0), query.get<Row>(1), query.is_null(2), {}};
    if (!change.erased) change.vector = vector_of(query.get<std::span<const std::byte>>(2), model, change.row);
    changes.push_back(std::move(change));
  }
  return changes;
}

std::int64_t Catalog::last_sequence(const std::string& model) const {
  const Impl::Reading reading(*impl_);
  // Two statements, because SQLite takes a maximum from the end of an index only if it stands alone.
  const auto model_no = impl_->model_no(model);
  const auto vectors =
      impl_->database.first<std::int64_t>("SELECT max(sequence) FROM embeddings WHERE model_no = ?1", model_no);
  const auto tombstones =
      impl_->database.first<std::int64_t>("SELECT max(sequence) FROM tombstones WHERE model_no = ?1", model_no);
  return std::max(vectors.value_or(0), tombstones.value_or(0));
}

std::vector<std::string> Catalog::embedding_models() const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database,
                  "SELECT name FROM models JOIN (SELECT model_no, count(*) AS n FROM embeddings GROUP BY model_no) "
                  "USING (model_no) ORDER BY n DESC, name");
  std::vector<std::string> models;
  while (query.step()) models.push_back(query.get<std::string>(0));
  return models;
}

}  // namespace ootd
