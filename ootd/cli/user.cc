#include "ootd/cli/verbs.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

void add_user(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("user", "Privacy: what is known of a user, and its erasure");
  verb->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto* show = verb->add_subcommand("export", "Every event of a user, as JSON");
  show->add_option("USER", *name, "Who")->required();
  show->callback([&globals, name] {
    Workspace workspace(globals.home);
    Json events = Json::array();
    for (const Event& event : workspace.catalog().events(*name)) {
      const auto image = workspace.catalog().find_image(event.look);
      Json json = {{"event_id", event.id}, {"kind", to_string(event.kind)}, {"at_ms", event.at_ms}};
      if (image) json["id"] = image->id;
      if (event.kind == EventKind::kUndo) json["undoes"] = event.undoes;
      if (event.kind == EventKind::kShown) json["probability"] = event.probability;
      events.push_back(std::move(json));
    }
    const Json document = {{"user", *name}, {"events", events}};
    globals.print(document, dump_json(document, 2));
  });
  auto* erase = verb->add_subcommand("erase", "Erase every event of a user for good");
  erase->add_option("USER", *name, "Who")->required();
  erase->callback([&globals, name] {
    Workspace workspace(globals.home);
    const auto erased = workspace.catalog().erase_user(*name);
    globals.print({{"events", erased}}, std::to_string(erased) + " events erased");
  });
}

}  // namespace ootd
