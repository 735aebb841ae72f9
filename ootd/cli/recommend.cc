#include <cstdio>

#include "ootd/base/error.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/verbs.h"
#include "ootd/taste/deck.h"
#include "ootd/workspace/garments.h"
#include "ootd/workspace/taste_settings.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct RecommendFlags {
  std::string user, filter, policy, with;
  std::vector<std::string> quiz, keep, change;
  int k = 10;
  bool explain = false;
};

// The parts of a score that matter, largest first: "prior 0.30, look 1a2b.. 0.21 ..."
std::string parts_text(const Workspace& workspace, const Card& card) {
  constexpr std::size_t kMost = 6;
  auto parts = card.parts;
  std::ranges::stable_sort(parts, [](const auto& a, const auto& b) { return std::abs(a.value) > std::abs(b.value); });
  std::string text;
  double rest = card.score;
  for (std::size_t i = 0; i < std::min(parts.size(), kMost); ++i) {
    const auto image = workspace.catalog().find_image(parts[i].look);
    char value[32];
    std::snprintf(value, sizeof value, " %+.3f", parts[i].value);
    text += "\n            " + std::string(to_string(parts[i].of)) + (image ? " " + image->id : "") + value;
    rest -= parts[i].value;
  }
  char value[64];
  std::snprintf(value, sizeof value, "\n            %zu others %+.3f", parts.size() - std::min(parts.size(), kMost),
                rest);
  return parts.size() > kMost ? text + value : text;
}

Json parts_json(const Workspace& workspace, const Card& card) {
  Json list = Json::array();
  for (const ScorePart& part : card.parts) {
    Json one = {{"of", to_string(part.of)}, {"value", part.value}};
    if (const auto image = workspace.catalog().find_image(part.look)) one["id"] = image->id;
    list.push_back(std::move(one));
  }
  return list;
}

void run_recommend(Globals& globals, const RecommendFlags& flags) {
  Workspace workspace(globals.place());
  Catalog& catalog = workspace.catalog();
  const TasteSettings settings = taste_settings(globals.home);
  const LookLabels labels = labels_of(catalog, settings);
  if (!flags.quiz.empty()) {
    check_picks(labels, flags.quiz);
    catalog.append_event(
        {.user = flags.user, .kind = EventKind::kQuiz, .picks = QuizPicks{.labels = flags.quiz, .looks = {}}});
  }
  Swipes swipes(std::make_shared<const CopyGroups>(catalog.copies()));
  swipes.fold(catalog.events(flags.user));
  const auto view = workspace.open_index()->view();
  const GarmentViews garments = garments_at_hand(workspace, view->generation());
  const auto among = flags.filter.empty() ? view->all() : view->where(catalog.keys_where(Filter::parse(flags.filter)));
  std::shared_ptr<const Policy> policy =
      flags.policy.empty() ? settings.policy_of(flags.user) : find_policy(flags.policy);
  std::vector<LookKey> on_table;
  if (!flags.with.empty()) {
    const ImageRecord with = workspace.need_image(flags.with);
    std::vector<std::string> categories = flags.keep;
    categories.insert(categories.end(), flags.change.begin(), flags.change.end());
    policy = wished_policy(policy, open_garments(workspace, categories), with, flags.keep, flags.change);
    on_table.push_back(with.key);
  }
  Json cards = Json::array();
  std::string text;
  for (const Card& card :
       deal(*policy, swipes, *view, narrowed(*view, seen_of(*view, swipes), among, on_table), {&labels, &garments},
            {.k = flags.k, .explore = settings.explore, .seed = flags.user, .explain = true})) {
    const auto image = catalog.find_image(card.key);
    if (!image) continue;  // erased by another process a moment ago
    Json because = Json::array();
    for (const LookKey look : card.because)
      if (const auto reason = catalog.find_image(look)) because.push_back(reason->id);
    const std::string reason = why(card, swipes);
    Json json = {{"id", image->id},
                 {"score", card.score},
                 {"why", reason},
                 {"because", because},
                 {"explored", card.explored},
                 {"policy", card.deal.policy},
                 {"probability", card.deal.probability},
                 {"prediction", card.deal.prediction},
                 {"path", workspace.file_of(*image).string()},
                 {"labels", labels_json(image->labels)}};
    if (flags.explain) json["parts"] = parts_json(workspace, card);
    cards.push_back(std::move(json));
    char score[16];
    std::snprintf(score, sizeof score, "%7.4f", card.score);
    text += (text.empty() ? "" : "\n") + std::string(score) + "  " + image->id + "  " + reason;
    if (!flags.explain) continue;
    for (const Json& id : because) text += " " + id.get<std::string>();
    char probability[64];
    std::snprintf(probability, sizeof probability, ", dealt with probability %.5f, ", card.deal.probability);
    text += probability + labels_text(*image) + parts_text(workspace, card);
  }
  globals.print({{"cards", cards}}, text.empty() ? "no unseen looks are left" : text);
}

}  // namespace

void add_recommend(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("recommend", "A user's next cards");
  auto flags = std::make_shared<RecommendFlags>();
  add_user_id(*verb, "--user", flags->user);
  verb->add_option("-k", flags->k, "How many")->capture_default_str()->check(CLI::Range(1, 1000));
  verb->add_option("--filter", flags->filter, "As in search");
  verb->add_option("--quiz", flags->quiz, "What the user likes, for a start: values of the label that tastes go by")
      ->delimiter(',');
  auto* with = verb->add_option("--with", flags->with,
                                "A look: only others with its garments of --keep, and other ones than its of --change");
  auto* keep = verb->add_option("--keep", flags->keep, "Categories of garments (after `ootd embed --garments`)")
                   ->delimiter(',')
                   ->check(garment_category())
                   ->needs(with);
  with->needs(keep);
  verb->add_option("--change", flags->change, "Likewise")->delimiter(',')->check(garment_category())->needs(with);
  verb->add_option("--policy", flags->policy, "In place of the workspace's, to compare");
  verb->add_flag("--explain", flags->explain, "Why each card is there, and what its score is made of");
  verb->callback([&globals, flags] { run_recommend(globals, *flags); });
}

}  // namespace ootd
