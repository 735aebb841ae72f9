#include "ootd/cli/printing.h"
#include "ootd/cli/verbs.h"
#include "ootd/recommend/recommender.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct RecommendFlags {
  std::string user, filter;
  int k = 10;
  bool explain = false;
};

void run_recommend(Globals& globals, const RecommendFlags& flags) {
  Workspace workspace(globals.home);
  const SqliteCatalog& catalog = workspace.catalog();
  const auto view = workspace.open_index()->view();
  const auto among = flags.filter.empty() ? view->all() : view->where(catalog.keys_where(Filter::parse(flags.filter)));
  Json cards = Json::array();
  std::string text;
  for (const Card& card : next_cards(flags.user, catalog.events(flags.user), *view, flags.k, &among)) {
    const auto image = catalog.find_image(card.key);
    if (!image) continue;  // erased by another process a moment ago
    Json json = {{"id", image->id},
                 {"score", card.score},
                 {"why", card.why},
                 {"explored", card.explored},
                 {"probability", card.probability},
                 {"path", workspace.file_of(*image).string()},
                 {"labels", labels_json(*image)}};
    const auto because = catalog.find_image(card.because);
    if (because) json["because"] = because->id;
    cards.push_back(json);
    char score[16];
    std::snprintf(score, sizeof score, "%7.4f", static_cast<double>(card.score));
    text += (text.empty() ? "" : "\n") + std::string(score) + "  " + image->id + "  " + card.why;
    if (flags.explain) {
      char probability[32];
      std::snprintf(probability, sizeof probability, "%.5f", card.probability);
      text +=
          (because ? " " + because->id : "") + ", dealt with probability " + probability + ", " + labels_text(*image);
    }
  }
  globals.print({{"cards", cards}}, text.empty() ? "no unseen looks are left" : text);
}

}  // namespace

void add_recommend(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("recommend", "A user's next cards");
  auto flags = std::make_shared<RecommendFlags>();
  verb->add_option("--user", flags->user, "Who")->required();
  verb->add_option("-k", flags->k, "How many")->capture_default_str()->check(CLI::Range(1, 1000));
  verb->add_option("--filter", flags->filter, "As in search");
  verb->add_flag("--explain", flags->explain, "Why each card is there");
  verb->callback([&globals, flags] { run_recommend(globals, *flags); });
}

}  // namespace ootd
