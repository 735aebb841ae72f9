#include "ootd/cli/verbs.h"
#include "ootd/taste/swipes.h"
#include "ootd/workspace/garments.h"

namespace ootd {
namespace {

Json ids_json(const Workspace& workspace, std::span<const LookKey> looks) {
  Json ids = Json::array();
  for (const ImageRecord& image : workspace.catalog().find_images(looks)) ids.push_back(image.id);
  return ids;
}

// With the looks that the user saved, latest first.
std::pair<Wardrobe, std::vector<LookKey>> opened(Workspace& workspace, const std::string& user) {
  Swipes swipes;
  swipes.fold(workspace.catalog().events(user));
  std::vector<LookKey> saved;
  for (const Swipe& swipe : swipes.standing())
    if (swipe.answer == EventKind::kSave) saved.insert(saved.begin(), swipe.look);
  return {open_wardrobe(workspace, user, open_garments(workspace)), std::move(saved)};
}

void run_looks(Globals& globals, const std::string& user) {
  Workspace workspace(globals.place());
  const auto [wardrobe, saved] = opened(workspace, user);
  Json list = Json::array();
  std::string text;
  for (const auto& made : wardrobe.ranked(saved)) {
    const auto image = workspace.catalog().find_image(made.look);
    if (!image) continue;  // erased by another process a moment ago
    Json garments = Json::array();
    char share[16];
    std::snprintf(share, sizeof share, "%3.0f %%", 100 * made.share);
    text += (text.empty() ? "" : "\n") + std::string(share) + "  " + image->id;
    for (const auto& match : made.garments) {
      garments.push_back({{"category", match.category}, {"similarity", match.similarity}, {"at_hand", match.at_hand}});
      garments.back()["garment_id"] = match.nearest != 0 ? Json(match.nearest) : Json();
      text += "  " + match.category + (match.at_hand ? " = " + std::to_string(match.nearest) : " missing");
    }
    list.push_back({{"id", image->id}, {"share", made.share}, {"garments", std::move(garments)}});
    list.back()["path"] = workspace.file_of(*image).string();
  }
  globals.print({{"looks", list}}, text.empty() ? "no saved look has garments" : text);
}

void run_next(Globals& globals, const std::string& user) {
  Workspace workspace(globals.place());
  const auto [wardrobe, saved] = opened(workspace, user);
  const auto best = wardrobe.best_purchase(saved);
  const auto image = best ? workspace.catalog().find_image(best->look) : std::nullopt;
  if (!image) return globals.print({{"purchase", Json()}}, "no saved look lacks a garment");
  globals.print({{"purchase",
                  {{"category", best->category},
                   {"id", image->id},
                   {"path", workspace.file_of(*image).string()},
                   {"opens", ids_json(workspace, best->opens)},
                   {"helps", ids_json(workspace, best->helps)}}}},
                best->category + " like that of look " + image->id + ": " + std::to_string(best->opens.size()) +
                    " saved looks lack nothing else, " + std::to_string(best->helps.size()) + " more lack another too");
}

}  // namespace

void add_wardrobe_looks(CLI::App& wardrobe, Globals& globals) {
  auto user = std::make_shared<std::string>();
  const auto add_verb = [&](const char* name, const char* about, void (*run)(Globals&, const std::string&)) {
    auto* verb = wardrobe.add_subcommand(name, about);
    add_user_id(*verb, "--user", *user);
    verb->callback([&globals, user, run] { run(globals, *user); });
  };
  add_verb("looks", "The saved looks, those first of which most garments are at hand", run_looks);
  add_verb("next", "The one garment more that opens most saved looks", run_next);
}

}  // namespace ootd
