#include "ootd/base/error.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/garments.h"

namespace ootd {
namespace {

struct WardrobeFlags {
  std::string user, look;
  std::filesystem::path photo;
  std::vector<std::string> categories;
  std::int64_t garment = 0;
};

void run_add(Globals& globals, const WardrobeFlags& flags) {
  if (flags.look.empty() == flags.photo.empty())
    throw CLI::ValidationError("wardrobe add", "wants either --look or --photo");
  if (!flags.look.empty() && flags.categories.empty())
    throw CLI::ValidationError("wardrobe add", "--look wants --garment: which of its garments?");
  Workspace workspace(globals.place());
  std::vector<NewGarment> added;
  if (!flags.look.empty())
    for (const std::string& category : flags.categories)
      added.push_back(add_look_garment(workspace, flags.user, workspace.need_image(flags.look), category));
  else
    added = add_photo_garments(workspace, flags.user, flags.photo, flags.categories);
  Json list = Json::array();
  std::string text;
  for (const auto& [id, category, is_new] : added) {
    list.push_back({{"garment_id", id}, {"category", category}, {"is_new", is_new}});
    text += (text.empty() ? "" : "\n") + std::to_string(id) + "  " + category + (is_new ? "" : "  known already");
  }
  globals.print({{"garments", list}}, text);
}

void run_list(Globals& globals, const WardrobeFlags& flags) {
  Workspace workspace(globals.place());
  Json list = Json::array();
  std::string text;
  for (const OwnGarment& own : workspace.catalog().own_garments(flags.user)) {
    const auto image = workspace.catalog().find_image(own.look);
    list.push_back({{"garment_id", own.id}, {"category", own.category}, {"at_ms", own.at_ms}});
    list.back()["id"] = image ? Json(image->id) : Json();
    text += std::to_string(own.id) + "  " + own.category + "  " + (image ? "of look " + image->id : "own photo") + "\n";
  }
  globals.print({{"garments", list}}, text + std::to_string(list.size()) + " garments");
}

void run_remove(Globals& globals, const WardrobeFlags& flags) {
  if (!Workspace(globals.place()).catalog().remove_own_garment(flags.user, flags.garment))
    throw Error(Kind::kNotFound, "user " + flags.user + " has no garment " + std::to_string(flags.garment));
  globals.print({{"garment_id", flags.garment}}, "garment " + std::to_string(flags.garment) + " removed");
}

}  // namespace

void add_wardrobe(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("wardrobe", "A user's own garments, and the saved looks that can be made of them");
  verb->require_subcommand(1);
  auto flags = std::make_shared<WardrobeFlags>();
  const auto add_verb = [&](const char* name, const char* about, void (*run)(Globals&, const WardrobeFlags&)) {
    auto* one = verb->add_subcommand(name, about);
    add_user_id(*one, "--user", flags->user);
    one->callback([&globals, flags, run] { run(globals, *flags); });
    return one;
  };
  auto* add = add_verb("add", "Garments of a look, or those found on a photo", run_add);
  add->add_option("--look", flags->look, "An image of the workspace");
  add->add_option("--photo", flags->photo, "A photo file; only what shows the garments is kept");
  add->add_option("--garment", flags->categories, "Only these categories")->delimiter(',')->check(garment_category());
  add_verb("list", "The garments", run_list);
  add_verb("remove", "Remove one for good", run_remove)
      ->add_option("GARMENT", flags->garment, "Its number, as `list` says")
      ->required();
  add_wardrobe_looks(*verb, globals);
}

}  // namespace ootd
