// import_vectors of vector_files.h.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "ootd/base/io.h"
#include "ootd/base/npy.h"
#include "ootd/base/vector_math.h"
#include "ootd/ingest/vector_files.h"
#include "ootd/ingest/vector_formats.h"
#include "ootd/ingest/vector_json.h"

namespace ootd {
namespace {

constexpr std::size_t kBatchRows = 2048;  // one transaction: 1 MB of 128-d vectors
constexpr int kImportPage = 1000;         // images read at once

// How far from 1 the length of a unit vector in float32 may be. Such vectors stay as they are, bit for bit.
constexpr double kUnitTolerance = 1e-5;

// "%20" -> " "; anything else that follows a % stays.
std::string percent_decoded(std::string_view text) {
  const auto digit = [&](std::size_t i) { return std::string_view("0123456789abcdefABCDEF").find(text[i]); };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    decoded += text[i];
    if (text[i] != '%' || i + 2 >= text.size() || digit(i + 1) == std::string_view::npos ||
        digit(i + 2) == std::string_view::npos)
      continue;
    const auto value = [&](std::size_t at) { return digit(at) < 16 ? digit(at) : digit(at) - 6; };
    decoded.back() = static_cast<char>(value(i + 1) * 16 + value(i + 2));
    i += 2;
  }
  return decoded;
}

// "https://host/a/my%20look.jpg?x=1" and "photos/my look.jpg" -> "my look.jpg".
std::string file_name_of(std::string_view place) {
  const bool is_url = place.find("://") != std::string_view::npos;
  if (is_url) place = place.substr(0, place.find_first_of("?#"));
  const std::size_t slash = place.rfind('/');
  if (slash != std::string_view::npos) place.remove_prefix(slash + 1);
  return is_url ? percent_decoded(place) : std::string(place);
}

// The images by the file names of their sources.
class ImageNames {
 public:
  explicit ImageNames(const Catalog& catalog) {
    LookKey after = {};
    for (;;) {
      const auto images = catalog.images_after(after, kImportPage);
      if (images.empty()) return;
      after = images.back().key;
      for (const ImageRecord& image : images) {
        const auto [entry, is_new] = looks_.emplace(file_name_of(image.source), image.key);
        if (!is_new) entry->second = kSeveral;
      }
    }
  }

  static constexpr LookKey kNone = {}, kSeveral = static_cast<LookKey>(-1);
  LookKey find(const std::string& name) const {
    const auto found = looks_.find(name);
    return found == looks_.end() ? kNone : found->second;
  }

 private:
  std::unordered_map<std::string, LookKey> looks_;
};

// Collects vectors and puts them into the catalog batch by batch.
class Importer {
 public:
  Importer(Catalog& catalog, const Generation& generation, const Progress& progress)
      : catalog_(catalog), generation_(generation), progress_(progress), dim_(catalog.vector_dim(generation)) {}

  void expect(std::size_t records) { total_ = static_cast<std::int64_t>(records); }

  void add(std::string place, VectorRecord record) {
    pending_.push_back({std::move(place), std::move(record)});
    if (pending_.size() == kBatchRows) flush();
  }
  VectorFileReport finish() {
    flush();
    return std::move(report_);
  }

 private:
  struct Pending {
    std::string place;
    VectorRecord record;
  };

  void flush() {
    if (pending_.empty()) return;
    progress_.check();
    Catalog::Batch batch(catalog_);  // ids are looked up within it too, so that no image goes between look and write
    std::vector<LookKey> looks;
    std::vector<std::span<const float>> vectors;
    for (auto& [place, record] : pending_) {
      LookKey look = {};
      std::string reason = check(record, look);
      if (reason.empty()) {
        seen_.insert(look);
        looks.push_back(look);
        vectors.emplace_back(record.values);
      } else {
        report_.rejected.push_back({"vectors", std::move(place), std::move(reason)});
      }
    }
    Matrix matrix(looks.size(), dim_);
    for (std::size_t i = 0; i < looks.size(); ++i) {
      std::ranges::copy(vectors[i], matrix.row(i).begin());
      const auto stored = catalog_.vector(generation_, looks[i]);
      report_.there += stored && std::ranges::equal(*stored, vectors[i]) ? 1 : 0;
    }
    catalog_.put_vectors(generation_, looks, matrix);
    batch.commit();
    report_.rows += static_cast<std::int64_t>(looks.size());
    done_ += static_cast<std::int64_t>(pending_.size());
    pending_.clear();
    progress_.update("vectors", done_, total_, "vectors");
  }

  // Why the record is rejected; empty if it is good: then it has a look and its values have length 1.
  std::string check(VectorRecord& record, LookKey& look) {
    const std::string who = record.id.empty() ? "" : "id \"" + record.id + "\": ";
    if (!record.problem.empty()) return who + record.problem;
    if (std::string reason = find_look(record, look); !reason.empty()) return who + reason;
    if (seen_.contains(look)) return who + "its image has a vector earlier in this file, which is kept";
    if (std::string reason = check_values(record.values); !reason.empty()) return who + reason;
    return {};
  }

  std::string find_look(const VectorRecord& record, LookKey& look) {
    if (const auto image = catalog_.find_image(record.id)) {
      look = image->key;
      return {};
    }
    if (record.image_names.empty()) return "no image has this id; import the photos first";
    if (!names_) names_.emplace(catalog_);
    std::string name;
    for (const std::string& place : record.image_names) {
      name = file_name_of(place);
      if (name.empty()) continue;  // a folder, which is no image whose source is unknown
      const LookKey found = names_->find(name);
      if (found == ImageNames::kNone) continue;
      if (found == ImageNames::kSeveral) return "several images are called \"" + name + "\": only an id tells which";
      if (look != LookKey{} && look != found)
        return "its metadata names several images, the last one by \"" + place + "\"";
      look = found;
    }
    if (look == LookKey{} || !catalog_.find_image(look))
      return "no image has this id or is called \"" + name + "\"; import the photos first";
    return {};
  }

  std::string check_values(std::span<float> values) {
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) return "values[" + std::to_string(i) + "] is no finite float32 number";
      squares += static_cast<double>(values[i]) * values[i];
    }
    if (squares == 0) return "the values are all 0, which points nowhere";
    if (dim_ != 0 && values.size() != dim_)
      return std::to_string(values.size()) + " values, but the vectors of model " + generation_.model + " have " +
             std::to_string(dim_);
    dim_ = values.size();
    if (std::abs(std::sqrt(squares) - 1) > kUnitTolerance) normalize(values);
    return {};
  }

  Catalog& catalog_;  // outlives this
  const Generation generation_;
  const Progress& progress_;           // outlives this
  std::int64_t done_ = 0, total_ = 0;  // records; total 0 = not known
  std::size_t dim_;                    // 0 until the first good vector of a new model
  std::vector<Pending> pending_;
  std::unordered_set<LookKey> seen_;
  std::optional<ImageNames> names_;  // made for the first id that is not ours
  VectorFileReport report_;
};

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

void add_json_lines(Importer& importer, const std::filesystem::path& path) {
  const MappedFile file(path);
  std::string_view rest = text_of(file);
  for (std::int64_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    importer.add(path.string() + ":" + std::to_string(number), parse_vector_line(line));
  }
}

void add_json(Importer& importer, const std::filesystem::path& path) {
  const MappedFile file(path);
  // Read twice: nothing of a damaged file is imported.
  parse_vector_document(text_of(file), path.string(), [](const VectorRecord&, const std::string&) {});
  parse_vector_document(text_of(file), path.string(), [&](VectorRecord record, const std::string& place) {
    importer.add(path.string() + ": " + place, std::move(record));
  });
}

std::vector<std::string> read_ids(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  std::vector<std::string> ids;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ids.emplace_back(line);
  }
  return ids;
}

void add_npy(Importer& importer, const std::filesystem::path& path, const std::string& model, std::size_t dim) {
  const FloatArray array = read_npy(path);
  if (array.shape.size() != 2)
    throw Error(Kind::kInput, path.string() + ": has " + std::to_string(array.shape.size()) +
                                  " dimensions; vectors are an array of two: count x length");
  const auto count = static_cast<std::size_t>(array.shape[0]);
  const auto length = static_cast<std::size_t>(array.shape[1]);
  if (count > 0 && (length == 0 || (dim != 0 && length != dim)))
    throw Error(Kind::kInput, path.string() + ": vectors of length " + std::to_string(length) +
                                  ", but those of model " + model + " have " + std::to_string(dim));
  const auto ids_path = ids_file_of(path);
  if (!std::filesystem::exists(ids_path))
    throw Error(Kind::kNotFound,
                ids_path.string() + ": no such file; it says the ids of " + path.filename().string() + ", one a line");
  const auto ids = read_ids(ids_path);
  if (ids.size() != count)
    throw Error(Kind::kInput, ids_path.string() + ": " + std::to_string(ids.size()) + " ids for the " +
                                  std::to_string(count) + " vectors of " + path.filename().string());
  importer.expect(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto values = std::span(array.values).subspan(i * length, length);
    importer.add(path.string() + ": [" + std::to_string(i) + "]", {ids[i], {values.begin(), values.end()}, {}, {}});
  }
}

}  // namespace

VectorFileReport import_vectors(Catalog& catalog, const Generation& generation, const std::filesystem::path& file,
                                const Progress& progress) {
  const VectorFormat format = vector_format_of(file);
  if (generation.model.empty()) throw Error(Kind::kInput, file.string() + ": a model needs a name");
  Importer importer(catalog, generation, progress);
  switch (format) {
    case VectorFormat::kNpy:
      add_npy(importer, file, generation.model, catalog.vector_dim(generation));
      break;
    case VectorFormat::kJsonLines:
      add_json_lines(importer, file);
      break;
    case VectorFormat::kJson:
      add_json(importer, file);
      break;
  }
  return importer.finish();
}

}  // namespace ootd
