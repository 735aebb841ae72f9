#include "ootd/workspace/labelling.h"

#include <algorithm>
#include <utility>

namespace ootd {

LabelReport label_workspace(Workspace& workspace, const Generation& generation, const ScoreNames& score,
                            const LabelRequest& request,
                            const std::function<void(const ImageId&, const std::vector<NameScore>&)>& on_scores,
                            const Progress& progress) {
  Catalog& catalog = workspace.catalog();
  constexpr int kPage = 1000;
  const std::int64_t total = catalog.image_count();
  std::int64_t done = 0;
  LabelReport report;
  std::vector<std::pair<LookKey, std::string>> guesses;  // of a page
  const auto write = [&] {
    if (guesses.empty()) return;
    Catalog::Batch batch(catalog);
    for (const auto& [look, name] : guesses) {
      if (!catalog.file_of(look)) continue;  // erased meanwhile
      catalog.set_labels(look, request.key, {&name, 1});
      ++report.written;
    }
    batch.commit();
    guesses.clear();
  };
  const auto is_left_out = [&](const ImageRecord& image) {
    return !request.unless.empty() &&
           std::ranges::any_of(image.labels, [&](const Label& label) { return label.key == request.unless; });
  };
  for (LookKey after = {};;) {
    const auto page = catalog.images_after(after, kPage);
    if (page.empty()) return report;
    after = page.back().key;
    for (const auto& image : page) {
      if (progress.stop.stop_requested()) break;
      progress.update("label", ++done, total);
      if (is_left_out(image)) continue;
      const auto vector = catalog.vector(generation, image.key);
      if (!vector) {
        ++report.without_vector;
        continue;
      }
      const auto scores = score(*vector);
      ++report.scored;
      if (on_scores) on_scores(image.id, scores);
      if (request.write && static_cast<double>(scores.front().share) >= request.min_share)
        guesses.emplace_back(image.key, scores.front().name);
    }
    write();
    progress.check();
  }
}

}  // namespace ootd
