#include <algorithm>
#include <cmath>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/encoder.h"
#include "ootd/image/resize.h"
#include "ootd/workspace/workspace.h"

namespace ootd::bench {
namespace {

// One way to see a photo, and the cosines between the two pictures of each look that it gives.
struct View {
  const char* name;
  std::optional<PersonRule> rule = {};        // none: the whole photo
  bool labelled = false;                      // true boxes in place of the detector's
  std::vector<double> same = {}, other = {};  // other: to the look before, at the same place
  std::vector<float> former = {};
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
  const Encoder encoder(model);
  const PersonRule person = {.person_box = true}, clothes = {.person_box = false},
                   tight_clothes = {.margin = 0, .person_box = false};
  const Detector detector(find_detector(".", options.detector));
  View views[] = {{"whole"},
                  {"person", person},
                  {"clothes", clothes},
                  {"tight_clothes", tight_clothes},
                  {"labelled_person", person, true},
                  {"labelled_clothes", clothes, true}};
  std::vector<double> ious;
  int cropped = 0;
  for (int i = 0; i < options.count; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    const std::string_view style = kStyles[seed % kStyles.size()];
    // The first place is the same for all looks.
    const Look looks[] = {render_look(style, 7000 + seed, 1), render_look(style, 7000 + seed, 50'000 + seed)};
    std::vector<Garment> found[2], labelled[2];
    for (std::size_t place = 0; place < 2; ++place) {
      const Look& look = looks[place];
      found[place] = detector.detect(look.image);
      for (const auto& garment : look.garments) labelled[place].push_back({garment.category, "", 1, garment.box});
      labelled[place].push_back({std::string(kPersonCategory), "", 1, look.person});
      const Outfit outfit = find_outfit(found[place], look.image.width, look.image.height, person);
      cropped += outfit.crop.has_value();
      const auto& box = outfit.main < 0 ? std::nullopt : outfit.persons.front().box;
      ious.push_back(box ? static_cast<double>(iou(*box, look.person)) : 0);
    }
    for (View& view : views) {
      std::vector<Image> pictures;
      for (std::size_t place = 0; place < 2; ++place) {
        const Image& image = looks[place].image;
        const auto& boxes = view.labelled ? labelled[place] : found[place];
        pictures.push_back(
            cut(image, view.rule ? find_outfit(boxes, image.width, image.height, *view.rule).crop : std::nullopt));
      }
      const Matrix vectors = encoder.encode(pictures);
      view.same.push_back(static_cast<double>(dot(vectors.row(0), vectors.row(1))));
      if (!view.former.empty()) view.other.push_back(static_cast<double>(dot(vectors.row(0), view.former)));
      view.former.assign(vectors.row(0).begin(), vectors.row(0).end());
    }
  }
  RowPrinter row("background_swap");
  row.add("detector", detector.model().id).add("model", model.id).add("n", std::to_string(options.count));
  row.add("cropped", cropped / (2.0 * options.count), 3).add("person_iou", mean(ious), 3);
  for (const View& view : views) {
    const std::string name = view.name;
    row.add(name + "_cosine", mean(view.same), 3)
        .add(name + "_cosine_p05", lowest_twentieth(view.same), 3)
        .add(name + "_other_look", mean(view.other), 3);
  }
  row.print();
}

}  // namespace ootd::bench
