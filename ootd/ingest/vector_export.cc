// export_vectors of vector_files.h.
#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/npy.h"
#include "ootd/ingest/vector_files.h"
#include "ootd/ingest/vector_formats.h"
#include "ootd/ingest/vector_json.h"

namespace ootd {
namespace {

constexpr int kExportPage = 1000;               // images read at once
constexpr std::size_t kChunkBytes = 256 << 10;  // written at once

// visit(image, vector) for each image that has a vector, in the order of the catalog.
template <class Visit>
void for_each_vector(const Catalog& catalog, const Generation& generation, Visit&& visit) {
  LookKey after = {};
  for (;;) {
    const auto images = catalog.images_after(after, kExportPage);
    if (images.empty()) return;
    after = images.back().key;
    for (const ImageRecord& image : images)
      if (const auto vector = catalog.vector(generation, image.key)) visit(image, *vector);
  }
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::int64_t write_json(const Catalog& catalog, const Generation& generation, const std::filesystem::path& path,
                        VectorFormat format) {
  AtomicFile file(path);
  const bool lines = format == VectorFormat::kJsonLines;
  std::string text = lines ? "" : "{\"vectors\":[\n";
  std::int64_t count = 0;
  for_each_vector(catalog, generation, [&](const ImageRecord& image, std::span<const float> vector) {
    if (count > 0) text += lines ? "\n" : ",\n";
    append_vector_json(text, image, vector);
    ++count;
    if (text.size() < kChunkBytes) return;
    file.write(bytes_of(text));
    text.clear();
  });
  text += lines ? "\n" : "\n],\"namespace\":" + dump_json(Json(generation.model)) + "}\n";
  file.write(bytes_of(text));
  file.commit();
  return count;
}

std::int64_t write_npy_and_ids(const Catalog& catalog, const Generation& generation,
                               const std::filesystem::path& path) {
  Matrix vectors(static_cast<std::size_t>(catalog.vector_count(generation)), catalog.vector_dim(generation));
  std::string ids;
  std::size_t count = 0;
  for_each_vector(catalog, generation, [&](const ImageRecord& image, std::span<const float> vector) {
    if (count < vectors.rows()) std::ranges::copy(vector, vectors.row(count).begin());
    ids += image.id + '\n';
    ++count;
  });
  if (count != vectors.rows())
    throw Error(Kind::kUnavailable, path.string() + ": the catalog changed while it was exported; export again");
  // Two files cannot be replaced in one step: without the old vectors, ids and vectors of two exports never meet.
  std::error_code absent_is_fine;
  std::filesystem::remove(path, absent_is_fine);
  write_file_atomically(ids_file_of(path), bytes_of(ids));
  write_npy(path, vectors);
  return static_cast<std::int64_t>(count);
}

std::string models_with_vectors(const Catalog& catalog) {
  std::string text;
  for (const auto& [generation, vectors] : catalog.generations())
    text += (text.empty() ? "" : ", ") + to_string(generation) + " (" + std::to_string(vectors) + ")";
  return text.empty() ? "no model has; run `ootd embed` first" : "those that have: " + text;
}

}  // namespace

VectorFileReport export_vectors(const Catalog& catalog, const Generation& generation,
                                const std::filesystem::path& file) {
  const VectorFormat format = vector_format_of(file);
  if (catalog.vector_count(generation) == 0)
    throw Error(Kind::kNotFound,
                "model \"" + generation.model + "\" has no vectors here; " + models_with_vectors(catalog));
  switch (format) {
    case VectorFormat::kNpy:
      return {.rows = write_npy_and_ids(catalog, generation, file), .rejected = {}};
    case VectorFormat::kJsonLines:
    case VectorFormat::kJson:
      return {.rows = write_json(catalog, generation, file, format), .rejected = {}};
  }
  throw Error(Kind::kInternal, file.string() + ": a format that nobody writes");
}

}  // namespace ootd
