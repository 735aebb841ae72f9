#include <algorithm>
#include <map>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/encoder.h"
#include "ootd/image/decode.h"
#include "ootd/image/preprocess.h"
#include "ootd/ingest/import.h"
#include "ootd/workspace/cropping.h"
#include "ootd/workspace/embedding.h"
#include "tests/testing/temp_dir.h"

namespace ootd::bench {
namespace {

// The photos' vectors as `ootd crop`, then `ootd embed` store them, by path; copies of one photo have one.
std::map<std::string, std::vector<float>> two_steps(const std::filesystem::path& home, const Options& options,
                                                    const std::vector<std::filesystem::path>& files) {
  Workspace workspace(home, /*create=*/true);
  import_paths(workspace.catalog(), files, {});
  CropRequest crop;
  crop.finder.detector = options.detector;
  crop_workspace(workspace, crop);
  EmbedRequest embed;
  embed.model = model_of(options).folder.string();
  const EmbedReport report = embed_workspace(workspace, embed);
  std::map<std::string, std::vector<float>> vectors;
  for (const auto& image : workspace.catalog().images_after(LookKey{}, static_cast<int>(files.size())))
    if (auto vector = workspace.catalog().vector(report.generation, image.key))
      vectors.emplace(image.source, *std::move(vector));
  return vectors;
}

}  // namespace

void crop_embed(const Options& options) {
  const testing::TempDir scratch;
  const Model model = model_of(options);
  const OutfitFinder finder(find_detector(scratch.path(), options.detector), {});
  const Encoder encoder(model);
  const Session session(model);
  const auto files = photo_files(options, scratch.path());

  // What either model alone is given lies ready: photos to the detector, which fits them itself; fitted crops.
  std::vector<Image> photos, crops;
  std::size_t cropped = 0;
  for (const auto& file : files) {
    photos.push_back(decode_image(read_file(file), file.string()));
    crops.push_back(fit_to(load_query(file, encoder.input(), &finder), encoder.input()));
    const Image& photo = photos.back();
    cropped += find_outfit(finder.detector().detect(photo), photo.width, photo.height, finder.rule()).crop.has_value();
  }
  Matrix vectors(files.size(), static_cast<std::size_t>(encoder.dim()));
  const auto file_to_vector = [&](std::size_t i) {
    const Image crop = load_query(files[i], encoder.input(), &finder);
    const Matrix vector = encoder.encode({&crop, 1});
    std::ranges::copy(vector.row(0), vectors.row(i).begin());
  };
  std::vector<double> pipeline, bare_encoder, bare_detector, shares;
  for (int run = 0; run <= options.runs; ++run) {  // the first is the warm-up
    // One thread more than streams, as all of the program's pipelines.
    const double both = rate_of(files.size(), encoder.parallel() + 1, file_to_vector);
    const double of_encoder = rate_of(files.size(), session.streams(), [&](std::size_t i) {
      std::vector<float> out(static_cast<std::size_t>(session.dim()));
      session.run(crops[i].rgb, out);
    });
    const double of_detector = rate_of(files.size(), finder.detector().parallel(),
                                       [&](std::size_t i) { finder.detector().detect(photos[i]); });
    if (run == 0) continue;
    pipeline.push_back(both);
    bare_encoder.push_back(of_encoder);
    bare_detector.push_back(of_detector);
    shares.push_back(both / std::min(of_encoder, of_detector));
  }
  const auto stored = two_steps(scratch.path() / "home", options, files);
  double sum = 0;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (const auto found = stored.find(files[i].string()); found != stored.end())
      ++compared, sum += static_cast<double>(dot(vectors.row(i), found->second));
  const double cosine = compared > 0 ? sum / static_cast<double>(compared) : 0;
  if (cosine < 0.999) throw Error(Kind::kInternal, "the pipeline's vectors are not those of crop, then embed");
  RowPrinter("crop_embed")
      .add("detector", finder.detector().model().config.name)
      .add("model", model.config.name)
      .add("n", std::to_string(files.size()))
      .add("cropped", std::to_string(cropped))
      .add("images_per_s", spread_of(pipeline), 1)
      .add("encoder_images_per_s", spread_of(bare_encoder), 1)
      .add("detector_images_per_s", spread_of(bare_detector), 1)
      .add("share_of_slower", spread_of(shares), 3)
      .add("cosine_to_two_steps", cosine, 6)
      .print();
}

}  // namespace ootd::bench
