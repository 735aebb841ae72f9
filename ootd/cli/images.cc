#include "ootd/base/error.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/photos.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct ImagesFlags {
  PhotoChoice choice;
  std::vector<std::string> labels;
  bool all = false;
};

// Ids that no photo has are said, and the rest goes on.
std::vector<LookKey> chosen(Globals& globals, const Workspace& workspace, ImagesFlags& flags) {
  ChosenPhotos found = choose_photos(workspace.catalog(), flags.choice);
  for (const ImageId& id : found.unknown) std::cerr << "ootd: no photo has the id " << id << "\n";
  if (!found.unknown.empty() || (found.looks.empty() && !flags.choice.is_all())) globals.exit_code = 1;
  return std::move(found.looks);
}

void need_choice(const ImagesFlags& flags, const char* verb) {
  if (flags.choice.is_all() && !flags.all)
    throw CLI::ValidationError(verb, "name photos by ID, --filter or --source, or say --all");
}

std::string photos(std::int64_t n) { return std::to_string(n) + (n == 1 ? " photo" : " photos"); }

void list(Globals& globals, ImagesFlags& flags) {
  const Workspace workspace(globals.home);
  const auto looks = chosen(globals, workspace, flags);
  Json images = Json::array();
  std::string text;
  for (const ImageRecord& image : workspace.catalog().find_images(looks)) {
    if (globals.json)
      images.push_back(photo_json(image));
    else
      text += image.id + "  " + printable(image.source) + "  " + labels_text(image) + "\n";
  }
  globals.print({{"images", std::move(images)}}, text + photos(static_cast<std::int64_t>(looks.size())));
}

void show(Globals& globals, ImagesFlags& flags) {
  const Workspace workspace(globals.home);
  for (const ImageRecord& image : workspace.catalog().find_images(chosen(globals, workspace, flags))) {
    const Json details = photo_details(workspace.catalog(), image);
    globals.print(details, dump_json(details, 2));
  }
}

void relabel(Globals& globals, ImagesFlags& flags, bool add) {
  need_choice(flags, "images");
  std::vector<Label> labels;
  for (const auto& text : flags.labels) {
    auto [key, value] = key_and_value("--label", text);
    labels.push_back({std::move(key), std::move(value)});
  }
  Workspace workspace(globals.home);
  const auto looks = chosen(globals, workspace, flags);
  const std::span<const Label> none;
  const auto changed =
      label_photos(workspace.catalog(), looks, add ? std::span<const Label>(labels) : none, add ? none : labels);
  globals.print({{"images", looks.size()}, {"changed", changed}},
                photos(changed) + " of " + std::to_string(looks.size()) + (add ? " labelled" : " lost a label"));
}

void split(Globals& globals, ImagesFlags& flags) {
  Workspace workspace(globals.home);
  std::int64_t parted = 0;
  for (const ImageRecord& image : workspace.catalog().find_images(chosen(globals, workspace, flags)))
    if (split_from_copies(workspace.catalog(), image)) ++parted;
  globals.print({{"split", parted}}, photos(parted) + " parted from the copies");
}

void remove(Globals& globals, ImagesFlags& flags) {
  need_choice(flags, "images remove");
  Workspace workspace(globals.home);
  const auto removed = remove_photos(workspace.catalog(), chosen(globals, workspace, flags));
  if (removed > 0) scrub_snapshots(workspace.catalog());
  globals.print(
      {{"removed", removed}},
      photos(removed) + " removed, with vectors, swipes and files; `ootd import --restore-removed` lets them back in");
}

}  // namespace

void add_images(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("images", "The workspace's photos: list, show, label, remove, export");
  verb->require_subcommand(1);
  auto flags = std::make_shared<ImagesFlags>();
  const auto sub = [&](const char* name, const char* about, bool by_ids_alone = false) {
    auto* one = verb->add_subcommand(name, about);
    one->add_option("ID", flags->choice.ids, "Photos")->required(by_ids_alone);
    if (by_ids_alone) return one;
    one->add_option("--filter", flags->choice.filter, "Photos whose labels are so: 'style = Retro'");
    one->add_option("--source", flags->choice.source,
                    "Photos from this file, folder, url or crawl, or that this table names");
    return one;
  };
  sub("list", "Ids, sources and labels (default: of all photos)")->callback([&globals, flags] {
    list(globals, *flags);
  });
  sub("show", "All that is known of photos, as JSON", true)->callback([&globals, flags] { show(globals, *flags); });
  for (const bool add : {true, false}) {
    auto* one = add ? sub("label", "Give photos labels by hand, which no import takes away")
                    : sub("unlabel", "Take labels away by hand, which no import brings back");
    one->add_option("--label", flags->labels, "KEY=VALUE; may be repeated")->required()->allow_extra_args(false);
    one->add_flag("--all", flags->all, "All photos");
    one->callback([&globals, flags, add] { relabel(globals, *flags, add); });
  }
  sub("split", "Part photos from those that they were taken for copies of", true)->callback([&globals, flags] {
    split(globals, *flags);
  });
  auto* away =
      sub("remove", "Erase photos with their vectors, swipes and files; crawls and imports stay away from them");
  away->add_flag("--all", flags->all, "All photos");
  away->callback([&globals, flags] { remove(globals, *flags); });
  add_images_export(*verb, globals);
}

}  // namespace ootd
