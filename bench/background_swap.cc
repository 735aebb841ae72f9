#include <algorithm>
#include <cmath>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"
#include "ootd/cli/workspace.h"
#include "ootd/embed/encoder.h"
#include "ootd/image/resize.h"

namespace ootd::bench {
namespace {

// The cosines between the two pictures of each look, as one kind of crop shows them.
struct Seen {
  const char* name;
  std::vector<double> same, other;  // other: the next look, at the same place
};

Image cut(const Image& image, const std::optional<Box>& box) { return box ? crop(image, *box) : image; }

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double lowest_twentieth(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 20];
}

}  // namespace

void background_swap(const Options& options) {
  const Model model = model_of(options);
  const auto encoder = make_encoder(model);
  const PersonRule rule, clothes_only = {.person_box = false};
  const Detector detector(find_detector(".", options.detector));
  Seen seen[] = {{"whole", {}, {}}, {"crop", {}, {}}, {"clothes_crop", {}, {}}, {"labelled_crop", {}, {}}};
  std::vector<std::vector<float>> former(std::size(seen));  // the look before, at its first place
  std::vector<double> ious;
  int cropped = 0;
  for (int i = 0; i < options.count; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    const std::string_view style = kStyles[seed % kStyles.size()];
    // The first place is the same for all looks.
    const Look looks[] = {render_look(style, 7000 + seed, 1), render_look(style, 7000 + seed, 50'000 + seed)};
    for (std::size_t kind = 0; kind < std::size(seen); ++kind) {
      std::vector<Image> pictures;
      for (const Look& look : looks) {
        const Image& image = look.image;
        std::vector<Garment> found;
        if (kind == 1 || kind == 2) found = detector.detect(image);
        if (kind == 3) {
          for (const auto& garment : look.garments) found.push_back({garment.category, "", 1, garment.box});
          found.push_back({std::string(kPersonCategory), "", 1, look.person});
        }
        const Outfit outfit = find_outfit(found, image.width, image.height, kind == 2 ? clothes_only : rule);
        if (kind == 1) {
          cropped += outfit.crop.has_value();
          const auto& box = outfit.main < 0 ? std::nullopt : outfit.persons.front().box;
          ious.push_back(box ? static_cast<double>(iou(*box, look.person)) : 0);
        }
        pictures.push_back(cut(image, outfit.crop));
      }
      const Matrix vectors = encoder->encode(pictures);
      seen[kind].same.push_back(static_cast<double>(dot(vectors.row(0), vectors.row(1))));
      if (!former[kind].empty()) seen[kind].other.push_back(static_cast<double>(dot(vectors.row(0), former[kind])));
      former[kind].assign(vectors.row(0).begin(), vectors.row(0).end());
    }
  }
  RowPrinter row("background_swap");
  row.add("detector", detector.model().id).add("model", model.id).add("n", std::to_string(options.count));
  row.add("cropped", cropped / (2.0 * options.count), 3).add("person_iou", mean(ious), 3);
  for (const Seen& one : seen) {
    const std::string name = one.name;
    row.add(name + "_cosine", mean(one.same), 3)
        .add(name + "_cosine_p05", lowest_twentieth(one.same), 3)
        .add(name + "_other_look", mean(one.other), 3);
  }
  row.print();
}

}  // namespace ootd::bench
