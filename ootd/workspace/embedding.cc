#include "ootd/workspace/embedding.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/sha256.h"
#include "ootd/embed/pca.h"
#include "ootd/infer/precision.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/look_jobs.h"

namespace ootd {
namespace {

constexpr char kEmbedStage[] = "embed";
// Enough for 128 components of 1280 features; fitting takes some seconds, and the sample's features some 20 MB.
constexpr std::size_t kPcaSample = 4096;
constexpr std::size_t kCommitRows = 256;
constexpr std::size_t kPage = 4096;

// As even for whatever keys a catalog gives.
int shard_of(LookKey look, int count) {
  return static_cast<int>(mixed(static_cast<std::uint64_t>(look)) % static_cast<std::uint64_t>(count));
}

SessionOptions session_options(const Model& model, const EmbedRequest& request) {
  SessionOptions options = request.session;
  if (request.auto_precision) options.precision = auto_precision(model, precision_cache_file());
  return options;
}

class Embedding {
 public:
  Embedding(Workspace& workspace, const EmbedRequest& request, const Progress& progress)
      : workspace_(workspace), request_(request), progress_(progress) {}

  // Looks of this shard whose vector is missing or out of date.
  std::vector<LookKey> lacking(const Generation& generation, const Shard& shard) const {
    std::vector<LookKey> looks = all_looks_to_embed(workspace_.catalog(), generation);
    std::erase_if(looks, [&](LookKey look) { return shard_of(look, shard.count) != shard.index; });
    return looks;
  }

  // The same of whole looks, once what another generation has seen by the same box is taken over. (A garment's box may
  // be another one where the crop is the same.)
  std::vector<LookKey> missing(const Generation& generation, const Shard& shard) {
    Catalog& catalog = workspace_.catalog();
    constexpr int kAtOnce = 2000;
    for (const auto& [other, vectors] : catalog.generations())
      if (other.model == generation.model && other != generation)
        while (catalog.adopt_vectors(other, generation, kAtOnce) > 0) progress_.check();
    return lacking(generation, shard);
  }

  // Those to be done for a generation that shall serve. Beside one of other crops that serves now, looks that the new
  // detector has not seen yet wait for it.
  std::vector<LookKey> due(const Generation& generation) {
    std::vector<LookKey> looks = missing(generation, request_.shard);
    const Catalog& catalog = workspace_.catalog();
    if (const auto serving = catalog.serving(); serving && serving->crops != generation.crops)
      std::erase_if(looks, [&](LookKey look) { return !catalog.crop(look, generation.crops); });
    return looks;
  }

  // What is seen of a look: the file, and the crop in use if there is one.
  using JobOf = std::function<std::optional<FileJob>(LookKey)>;

  void encode(const Model& model, const std::vector<LookKey>& looks, const char* what) {
    const Generation generation = workspace_.generation_of(model.id);
    encode(model, generation, looks, what, [&](LookKey look) -> std::optional<FileJob> {
      const auto file = workspace_.catalog().file_of(look);
      if (!file) return std::nullopt;
      const auto crop = workspace_.catalog().crop(look, generation.crops);
      return FileJob{look, workspace_.home() / *file, crop ? crop->box : std::nullopt};
    });
  }

  // Encodes the looks and stores their vectors, some hundred in one transaction.
  void encode(const Model& model, const Generation& generation, const std::vector<LookKey>& looks, const char* what,
              const JobOf& job_of) {
    if (looks.empty()) return;
    Catalog& catalog = workspace_.catalog();
    const Encoder encoder(model, session_options(model, request_));
    const auto started = std::chrono::steady_clock::now();
    std::set<std::string> failed_before;
    for (const Failure& failure : catalog.failures(kEmbedStage)) failed_before.insert(failure.item);

    const auto total = static_cast<std::int64_t>(looks.size());
    std::int64_t done = 0;
    progress_.update(what, done, total);
    std::vector<FileResult> pending;
    const auto commit = [&] {
      Catalog::Batch batch(catalog);
      // What another program erased, or cropped otherwise, since it was read: left to the next run.
      std::erase_if(pending, [&](const FileResult& result) {
        const auto job = job_of(result.job.look);
        return !job || job->crop != result.job.crop;
      });
      std::vector<LookKey> stored;
      Matrix vectors(pending.size(), static_cast<std::size_t>(encoder.dim()));
      for (const auto& result : pending) {
        std::copy(result.vector.begin(), result.vector.end(), vectors.row(stored.size()).begin());
        stored.push_back(result.job.look);
        if (failed_before.contains(result.job.file.string()))
          catalog.clear_failure(kEmbedStage, result.job.file.string());
      }
      report_.embedded += catalog.put_vectors(generation, stored, vectors);
      batch.commit();
      pending.clear();
    };
    encode_files(
        encoder, jobs_of_looks<FileJob>(looks, job_of, progress_.stop),
        [&](FileResult result) {
          if (!result.problem.empty()) {
            report_.failures.push_back({kEmbedStage, result.job.file.string(), result.problem});
            catalog.put_failure(report_.failures.back());
          } else {
            pending.push_back(std::move(result));
            if (pending.size() == kCommitRows) commit();
          }
          progress_.update(what, ++done, total);
        },
        photo_limits(catalog));
    commit();
    progress_.check();
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
      const auto job_of = [&](LookKey look) -> std::optional<FileJob> {
        const auto image = catalog.find_image(look);
        if (!image) return std::nullopt;
        const auto found = catalog.garments(look, detector->id);
        const auto box = main_garment(find_outfit(found, image->width, image->height, rule), category);
        if (!box) return std::nullopt;
        return FileJob{look, workspace_.file_of(*image), box};
      };
      const Generation garments = garments_of(workspace_.generation_of(model.id), std::string(category));
      std::vector<LookKey> looks = lacking(garments, request_.shard);
      std::erase_if(looks, [&](LookKey look) { return !job_of(look); });
      encode(model, garments, looks, std::string(category).c_str(), job_of);
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
    std::vector<std::pair<ImageId, LookKey>> images;
    for (LookKey after = {};;) {
      const auto page = catalog.images_after(after, 10'000);
      if (page.empty()) break;
      after = page.back().key;
      for (const auto& image : page) images.emplace_back(image.id, image.key);
    }
    std::sort(images.begin(), images.end());
    if (images.size() > kPcaSample) images.resize(kPcaSample);
    std::vector<LookKey> sample;
    for (const auto& [id, look] : images) sample.push_back(look);

    const Generation features_by = workspace_.generation_of(backbone.id);
    const auto without_features = [&] {
      std::vector<LookKey> wanted;
      const std::vector<LookKey> lacking = missing(features_by, {});
      for (const LookKey look : sample)
        if (std::ranges::binary_search(lacking, look)) wanted.push_back(look);
      return wanted;
    };
    encode(backbone, without_features(), "features");
    for (const LookKey look : without_features()) std::erase(sample, look);  // photos that failed
    if (sample.size() < 2)
      throw Error(Kind::kInput, "a PCA needs at least 2 readable photos; there are " + std::to_string(sample.size()));
    const auto features = catalog.vectors(features_by, sample);
    const Model model = save_pca_model(workspace_.home() / "models", backbone, features.vectors);
    // The sample's vectors follow from its features: no photo is looked at twice.
    catalog.put_vectors(workspace_.generation_of(model.id), sample, apply_head(model, features.vectors), features.seen);
    return model;
  }

  // A linear head over a backbone whose vectors are here already is a matrix product: no photo is looked at again.
  void project(const Model& model, const std::vector<LookKey>& looks) {
    const auto backbone = looks.empty() ? std::nullopt : stored_backbone(model);
    if (!backbone) return;
    const auto started = std::chrono::steady_clock::now();
    const Generation generation = workspace_.generation_of(model.id);
    Catalog& catalog = workspace_.catalog();
    const std::vector<LookKey> lacking = all_looks_to_embed(catalog, *backbone);
    std::vector<LookKey> known;
    std::set_difference(looks.begin(), looks.end(), lacking.begin(), lacking.end(), std::back_inserter(known));
    for (std::size_t begin = 0; begin < known.size(); begin += kPage) {
      progress_.check();
      const auto page = std::span(known).subspan(begin, std::min(kPage, known.size() - begin));
      const auto features = catalog.vectors(*backbone, page);
      report_.embedded += catalog.put_vectors(generation, page, apply_head(model, features.vectors), features.seen);
    }
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }

  EmbedReport finish(const Generation& generation, std::int64_t waits_for) {
    report_.generation = generation;
    report_.waits_for = waits_for;
    report_.images_per_s = seconds_ > 0 ? static_cast<double>(report_.embedded) / seconds_ : 0;
    return std::move(report_);
  }

 private:
  // That of the same network without the head, of the same crops, if the workspace has vectors of it. A model's id
  // tells nothing of its backbone's, so the weights are compared.
  std::optional<Generation> stored_backbone(const Model& model) const {
    const auto& head = model.config.head;
    if (!head || head->hidden > 0 || !head->normalize_input) return std::nullopt;
    for (const auto& [generation, vectors] : workspace_.catalog().generations()) {
      if (generation != workspace_.generation_of(generation.model)) continue;
      try {
        const Model other = workspace_.open_model_of(generation);
        if (!other.config.head && other.config.cut == 0 && other.config.network == model.config.network &&
            other.config.input == model.config.input && holds_files_of(model, other))
          return generation;
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
  const Progress& progress_;
  EmbedReport report_;
  double seconds_ = 0;
};

}  // namespace

void embed_looks(Workspace& workspace, const Model& model, const std::vector<LookKey>& looks,
                 const Progress& progress) {
  const EmbedRequest request;
  Embedding embedding(workspace, request, progress);
  std::vector<LookKey> wanted = looks, both;
  const std::vector<LookKey> lacking = embedding.missing(workspace.generation_of(model.id), {});
  std::ranges::sort(wanted);
  std::ranges::set_intersection(wanted, lacking, std::back_inserter(both));
  embedding.encode(model, both, "features");
}

EmbedReport embed_workspace(Workspace& workspace, const EmbedRequest& request, const Progress& progress) {
  Embedding embedding(workspace, request, progress);
  if (workspace.catalog().image_count() == 0)
    throw Error(Kind::kNotFound, workspace.home().string() + ": no photos yet; `ootd import PHOTOS` first");
  const Model model = request.fit_pca                 ? embedding.fit_pca_model()
                      : !request.model.empty()        ? workspace.find_model(request.model)
                      : workspace.catalog().serving() ? workspace.need_model()
                                                      : open_model(program_models() / kDefaultModel);
  const Generation generation = workspace.generation_of(model.id);
  workspace.remember_folder(model);
  embedding.project(model, embedding.due(generation));
  embedding.encode(model, embedding.due(generation), "embed");
  if (request.garments) embedding.encode_garments(model);
  return embedding.finish(generation, workspace.serve_if_whole(generation));
}

void embed_files(const Model& model, const SessionOptions& options, const OutfitFinder* outfits,
                 std::span<const std::filesystem::path> files, const DecodeLimits& limits,
                 const std::function<void(const FileResult&)>& done) {
  const Encoder encoder(model, options);
  for (const auto& file : files) {
    FileResult result{.job = {.file = file}, .vector = {}, .problem = {}};
    try {
      const Image image = load_query(file, encoder.input(), outfits, {}, limits);
      const Matrix vector = encoder.encode({&image, 1});
      result.vector.assign(vector.row(0).begin(), vector.row(0).end());
    } catch (const Error& error) {
      result.problem = error.what();
    }
    done(result);
  }
}

void embed_files(const WorkspacePlace& place, const EmbedRequest& request, std::span<const std::filesystem::path> files,
                 const std::function<void(const Model&, const FileResult&)>& done) {
  std::unique_ptr<OutfitFinder> outfits;
  DecodeLimits limits = {.own_file = true};
  const Model model = [&] {
    if (!is_workspace(place))
      return open_model(request.model.empty() ? program_models() / kDefaultModel
                                              : std::filesystem::path(request.model));
    const Workspace workspace(place);
    outfits = workspace.outfit_finder();
    limits = photo_limits(workspace.catalog());
    if (!request.model.empty()) return workspace.find_model(request.model);
    return workspace.catalog().serving() ? workspace.need_model() : workspace.find_model(kDefaultModel);
  }();
  embed_files(model, session_options(model, request), outfits.get(), files, limits,
              [&](const FileResult& result) { done(model, result); });
}

}  // namespace ootd
