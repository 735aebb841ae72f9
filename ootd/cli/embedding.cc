#include "ootd/cli/embedding.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/row_jobs.h"
#include "ootd/embed/encode_files.h"
#include "ootd/embed/pca.h"
#include "ootd/infer/precision.h"

namespace ootd {
namespace {

constexpr char kEmbedStage[] = "embed";
// Enough for 128 components of 1280 features; fitting takes some seconds, and the sample's features some 20 MB.
constexpr std::size_t kPcaSample = 4096;
constexpr std::size_t kVectorsAtOnce = 256;
constexpr std::size_t kPage = 4096;

std::vector<Row> missing_rows(const Catalog& catalog, const std::string& model, const Shard& shard) {
  std::vector<Row> rows = rows_without_vector(catalog, model);
  std::erase_if(rows, [&](Row row) { return static_cast<int>(row % static_cast<Row>(shard.count)) != shard.index; });
  return rows;
}

class Embedding {
 public:
  Embedding(Workspace& workspace, const EmbedRequest& request) : workspace_(workspace), request_(request) {}

  // What is seen of a row: the file, and the crop of the catalog if there is one.
  using JobOf = std::function<std::optional<FileJob>(Row)>;

  void encode(const Model& model, const std::vector<Row>& rows, const char* what) {
    encode(model, model.id, rows, what, [this](Row row) -> std::optional<FileJob> {
      const auto file = workspace_.catalog().file_of(row);
      if (!file) return std::nullopt;
      const auto crop = workspace_.catalog().crop(row);
      return FileJob{row, workspace_.home() / *file, crop ? crop->box : std::nullopt};
    });
  }

  // Encodes the rows and stores their vectors under this name, some hundred in one transaction.
  void encode(const Model& model, const std::string& stored_as, const std::vector<Row>& rows, const char* what,
              const JobOf& job_of) {
    if (rows.empty()) return;
    Catalog& catalog = workspace_.catalog();
    SessionOptions options = request_.session;
    if (request_.auto_precision) options.precision = auto_precision(model, precision_cache_file());
    const auto encoder = make_encoder(model, options);
    const auto started = std::chrono::steady_clock::now();
    std::set<std::string> failed_before;
    for (const Failure& failure : catalog.failures(kEmbedStage)) failed_before.insert(failure.item);
    std::optional<Progress> progress;
    if (request_.show_progress) progress.emplace(what);

    std::int64_t done = 0;
    std::vector<FileResult> pending;
    const auto commit = [&] {
      Catalog::Batch batch(catalog);
      // What another program erased, or cropped otherwise, since it was read: left to the next run.
      std::erase_if(pending, [&](const FileResult& result) {
        const auto job = job_of(result.job.row);
        return !job || job->crop != result.job.crop;
      });
      std::vector<Row> stored;
      Matrix vectors(pending.size(), static_cast<std::size_t>(encoder->dim()));
      for (const auto& result : pending) {
        std::copy(result.vector.begin(), result.vector.end(), vectors.row(stored.size()).begin());
        stored.push_back(result.job.row);
        if (failed_before.contains(result.job.file.string()))
          catalog.clear_failure(kEmbedStage, result.job.file.string());
      }
      catalog.put_embeddings(stored_as, stored, vectors);
      batch.commit();
      report_.embedded += static_cast<std::int64_t>(stored.size());
      pending.clear();
    };
    encode_files(*encoder, jobs_of_rows<FileJob>(rows, job_of), [&](FileResult result) {
      ++done;
      if (!result.problem.empty()) {
        report_.failures.push_back({kEmbedStage, result.job.file.string(), result.problem});
        catalog.put_failure(report_.failures.back());
      } else {
        pending.push_back(std::move(result));
        if (pending.size() == kVectorsAtOnce) commit();
      }
      if (progress) progress->update(done, static_cast<std::int64_t>(rows.size()));
    });
    commit();
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }

  void encode_garments(const Model& model) {
    Catalog& catalog = workspace_.catalog();
    const auto detector = workspace_.detector();
    if (!detector)
      throw Error(Kind::kNotFound,
                  workspace_.home().string() + ": no garments have been found here yet; run `ootd crop` first");
    const PersonRule rule = workspace_.person_rule();
    for (const std::string_view category : kGarmentCategories) {
      const auto job_of = [&](Row row) -> std::optional<FileJob> {
        const auto image = catalog.find_image(row);
        if (!image) return std::nullopt;
        const auto found = catalog.garments(row, detector->id);
        const auto box = main_garment(find_outfit(found, image->width, image->height, rule), category);
        if (!box) return std::nullopt;
        return FileJob{row, workspace_.file_of(*image), box};
      };
      const std::string stored_as = garment_model_id(model.id, std::string(category));
      std::vector<Row> rows = missing_rows(catalog, stored_as, request_.shard);
      std::erase_if(rows, [&](Row row) { return !job_of(row); });
      encode(model, stored_as, rows, std::string(category).c_str(), job_of);
    }
  }

  // A 128-d model of the workspace's own photos. The sample is chosen by id, which is made from content: it is a fair
  // draw, and the same after an interruption, in whatever order the photos came.
  Model fit_pca_model() {
    Catalog& catalog = workspace_.catalog();
    if (request_.shard.count > 1)
      throw Error(Kind::kInput,
                  "a shard cannot fit the PCA that all shards share; run `ootd embed --pca` once without --shard");
    const Model backbone = open_model(program_models() / kDefaultBackbone);
    std::vector<std::pair<ImageId, Row>> images;
    for (Row after = 0;;) {
      const auto page = catalog.images_after(after, 10'000);
      if (page.empty()) break;
      after = page.back().row;
      for (const auto& image : page) images.emplace_back(image.id, image.row);
    }
    std::sort(images.begin(), images.end());
    if (images.size() > kPcaSample) images.resize(kPcaSample);
    std::vector<Row> sample;
    for (const auto& [id, row] : images) sample.push_back(row);

    const auto without_features = [&] {
      std::vector<Row> missing = missing_rows(catalog, backbone.id, {}), wanted;
      for (const Row row : sample)
        if (std::binary_search(missing.begin(), missing.end(), row)) wanted.push_back(row);
      return wanted;
    };
    encode(backbone, without_features(), "features");
    for (const Row row : without_features()) std::erase(sample, row);  // photos that failed
    if (sample.size() < 2)
      throw Error(Kind::kInput, "a PCA needs at least 2 readable photos; there are " + std::to_string(sample.size()));
    const Matrix features = catalog.embeddings(backbone.id, sample);
    const Model model = save_pca_model(workspace_.home() / "models", backbone, features);
    // The sample's vectors follow from its features: no photo is looked at twice.
    catalog.put_embeddings(model.id, sample, apply_head(model, features));
    return model;
  }

  // A linear head over a backbone whose vectors are here already is a matrix product: no photo is looked at again.
  void project(const Model& model, const std::vector<Row>& rows) {
    const auto backbone = rows.empty() ? std::nullopt : stored_backbone(model);
    if (!backbone) return;
    const auto started = std::chrono::steady_clock::now();
    Catalog& catalog = workspace_.catalog();
    const std::vector<Row> lacking = rows_without_vector(catalog, *backbone);
    std::vector<Row> known;
    std::set_difference(rows.begin(), rows.end(), lacking.begin(), lacking.end(), std::back_inserter(known));
    for (std::size_t begin = 0; begin < known.size(); begin += kPage) {
      const auto page = std::span(known).subspan(begin, std::min(kPage, known.size() - begin));
      catalog.put_embeddings(model.id, page, apply_head(model, catalog.embeddings(*backbone, page)));
      report_.embedded += static_cast<std::int64_t>(page.size());
    }
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }

  EmbedReport finish(const Model& model) {
    report_.model = model.id;
    report_.images_per_s = seconds_ > 0 ? static_cast<double>(report_.embedded) / seconds_ : 0;
    return std::move(report_);
  }

 private:
  // The id of the same network without the head, if the workspace has vectors of it. A model's id tells nothing of its
  // backbone's, so the weights are compared.
  std::optional<std::string> stored_backbone(const Model& model) const {
    const auto& head = model.config.head;
    if (!head || head->hidden > 0 || !head->normalize_input) return std::nullopt;
    for (const auto& id : workspace_.catalog().embedding_models()) {
      try {
        const Model other = workspace_.find_model(id);
        if (!other.config.head && other.config.cut == 0 && other.config.network == model.config.network &&
            other.config.input == model.config.input && holds_files_of(model, other))
          return id;
      } catch (const Error&) {  // its vectors are here, it is not
      }
    }
    return std::nullopt;
  }

  static bool holds_files_of(const Model& model, const Model& backbone) {
    return std::ranges::all_of(backbone.stored_files(), [&](const std::filesystem::path& file) {
      const auto ours = model.folder / file.filename();
      return std::filesystem::exists(ours) &&
             (std::filesystem::equivalent(ours, file) ||
              sha256_hex(MappedFile(ours).bytes()) == sha256_hex(MappedFile(file).bytes()));
    });
  }

  Workspace& workspace_;
  const EmbedRequest& request_;
  EmbedReport report_;
  double seconds_ = 0;
};

}  // namespace

void embed_rows(Workspace& workspace, const Model& model, const std::vector<Row>& rows, bool show_progress) {
  std::vector<Row> wanted = rows, lacking = rows_without_vector(workspace.catalog(), model.id), both;
  std::sort(wanted.begin(), wanted.end());
  std::set_intersection(wanted.begin(), wanted.end(), lacking.begin(), lacking.end(), std::back_inserter(both));
  EmbedRequest request;
  request.show_progress = show_progress;
  Embedding(workspace, request).encode(model, both, "features");
}

EmbedReport embed_workspace(Workspace& workspace, const EmbedRequest& request) {
  Embedding embedding(workspace, request);
  if (workspace.catalog().image_count() == 0)
    throw Error(Kind::kNotFound, workspace.home().string() + ": no photos yet; `ootd import PHOTOS` first");
  const Model model = request.fit_pca          ? embedding.fit_pca_model()
                      : !request.model.empty() ? workspace.find_model(request.model)
                      : workspace.model_id()   ? workspace.need_model()
                                               : open_model(program_models() / kDefaultModel);
  embedding.project(model, missing_rows(workspace.catalog(), model.id, request.shard));
  embedding.encode(model, missing_rows(workspace.catalog(), model.id, request.shard), "embed");
  if (request.garments) embedding.encode_garments(model);
  workspace.use_model(model);
  return embedding.finish(model);
}

}  // namespace ootd
