#include "ootd/base/error.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/verbs.h"
#include "ootd/embed/encoder.h"
#include "ootd/embed/text_encoder.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct SearchFlags {
  std::filesystem::path image;
  std::string id, text, filter, garment;
  int k = 10;
};

std::vector<float> query_of(Workspace& workspace, const IndexView& view, const SearchFlags& flags) {
  if (!flags.id.empty()) {
    const ImageRecord image = workspace.need_image(flags.id);
    const auto vector = view.vector(image.key);
    if (vector.empty())
      throw Error(Kind::kNotFound, "image " + flags.id +
                                       (flags.garment.empty() ? " has no vector yet; run `ootd embed`"
                                                              : " has no vector of a " + flags.garment +
                                                                    "; see `ootd embed --garments`"));
    return {vector.begin(), vector.end()};
  }
  const Model model = workspace.need_model();
  if (!flags.text.empty()) {
    const Matrix vector = TextEncoder(model).encode({&flags.text, 1});
    return {vector.row(0).begin(), vector.row(0).end()};
  }
  const Encoder encoder(model);
  const Image image = load_query(flags.image, encoder.input(), workspace.outfit_finder().get(), flags.garment,
                                 photo_limits(workspace.catalog()));
  const Matrix vector = encoder.encode({&image, 1});
  return {vector.row(0).begin(), vector.row(0).end()};
}

void run_search(Globals& globals, const SearchFlags& flags) {
  const int given = !flags.image.empty() + !flags.id.empty() + !flags.text.empty();
  if (given != 1) throw CLI::ValidationError("search", "wants exactly one of --image, --id and --text");
  Workspace workspace(globals.place());
  const auto view = workspace.open_index(flags.garment)->view();
  auto among =
      flags.filter.empty() ? view->all() : view->where(workspace.catalog().keys_where(Filter::parse(flags.filter)));
  const std::vector<float> query = query_of(workspace, *view, flags);
  if (!flags.id.empty()) {
    const LookKey itself = workspace.need_image(flags.id).key;
    among = view->except(among, {&itself, 1});
  }
  Json hits = Json::array();
  std::string text;
  for (const Hit& hit : view->search(query, flags.k, &among)) {
    const auto image = workspace.catalog().find_image(hit.key);
    if (!image) continue;  // erased by another process a moment ago
    hits.push_back({{"id", image->id},
                    {"score", hit.score},
                    {"path", workspace.file_of(*image).string()},
                    {"labels", labels_json(image->labels)}});
    char score[16];
    std::snprintf(score, sizeof score, "%.4f", static_cast<double>(hit.score));
    text += (text.empty() ? "" : "\n") + std::string(score) + "  " + image->id + "  " +
            workspace.file_of(*image).string() + "  " + labels_text(*image);
  }
  globals.print({{"hits", hits}}, text.empty() ? "nothing matches" : text);
}

}  // namespace

void add_search(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("search", "The nearest looks to a photo or to words");
  auto flags = std::make_shared<SearchFlags>();
  verb->add_option("--image", flags->image, "A photo file");
  verb->add_option("--id", flags->id, "An image of the workspace, left out of what is found");
  verb->add_option("--text", flags->text,
                   "Words, such as \"red plaid skirt, grunge\" (needs a model with a text tower)");
  verb->add_option("--garment", flags->garment,
                   "Compare only the main persons' garments of this category (after `ootd embed --garments`)")
      ->check(garment_category());
  verb->add_option("-k", flags->k, "How many")->capture_default_str()->check(CLI::Range(1, 10'000));
  verb->add_option("--filter", flags->filter, "For example: style = Retro and not (class in (shoes, hat))");
  verb->callback([&globals, flags] { run_search(globals, *flags); });
}

}  // namespace ootd
