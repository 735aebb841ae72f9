#include <cstdio>

#include "ootd/base/sha256.h"
#include "ootd/cli/verbs.h"
#include "ootd/taste/kernel.h"
#include "ootd/workspace/garments.h"
#include "ootd/workspace/taste_settings.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

Json event_json(const Catalog& catalog, const Event& event) {
  Json json = {{"event_id", event.id}, {"kind", to_string(event.kind)}, {"at_ms", event.at_ms}};
  if (const auto image = catalog.find_image(event.look)) json["id"] = image->id;
  if (event.kind == EventKind::kUndo) json["undoes"] = event.undoes;
  if (event.deal) {
    json["policy"] = event.deal->policy;
    json["probability"] = event.deal->probability;
    json["prediction"] = event.deal->prediction;
    json["place"] = event.deal->place;
    json["after"] = event.deal->after;
  }
  if (event.picks) {
    json["labels"] = event.picks->labels;
    json["looks"] = Json::array();
    for (const ImageRecord& image : catalog.find_images(event.picks->looks)) json["looks"].push_back(image.id);
  }
  return json;
}

Json garment_json(const Catalog& catalog, const OwnGarment& garment) {
  Json json = {{"garment_id", garment.id}, {"category", garment.category}, {"at_ms", garment.at_ms}};
  if (const auto image = catalog.find_image(garment.look)) json["id"] = image->id;
  if (garment.photo.empty()) return json;
  json["photo_hex"] = hex_of({reinterpret_cast<const unsigned char*>(garment.photo.data()), garment.photo.size()});
  json["model"] = garment.model;
  json["vector"] = garment.vector;
  return json;
}

// What the events up to one come to.
void show(Globals& globals, const std::string& user, std::int64_t at) {
  Workspace workspace(globals.place());
  const Catalog& catalog = workspace.catalog();
  auto events = catalog.events(user);
  if (at > 0) std::erase_if(events, [at](const Event& event) { return event.id > at; });
  Swipes swipes;
  swipes.fold(events);
  const auto standing = swipes.standing();
  const std::size_t change = last_change(standing, {});
  std::map<LookKey, double> alphas;
  if (catalog.serving()) {
    const LookLabels labels = labels_of(catalog, taste_settings(globals.home));
    const auto view = workspace.open_index()->view();
    const GarmentViews garments = garments_at_hand(workspace, view->generation());
    const KernelTaste taste(swipes, *view, {&labels, &garments}, {});
    for (const auto& answer : taste.answers()) alphas[answer.look] = answer.alpha;
  }
  Json list = Json::array();
  std::string text;
  for (std::size_t i = 0; i < standing.size(); ++i) {
    const Swipe& swipe = standing[i];
    const auto image = catalog.find_image(swipe.look);
    const auto alpha = alphas.find(swipe.look);
    Json json = {{"event_id", swipe.event},
                 {"kind", to_string(swipe.answer)},
                 {"id", image ? Json(image->id) : Json()},
                 {"predicted", swipe.predicted ? Json(*swipe.predicted) : Json()},
                 {"weight", alpha == alphas.end() ? Json() : Json(alpha->second)}};
    char line[128];
    std::snprintf(line, sizeof line, "%8lld  %-8s %-24s %s", static_cast<long long>(swipe.event),
                  std::string(to_string(swipe.answer)).c_str(), image ? image->id.c_str() : "",
                  alpha == alphas.end() ? "" : ("weight " + std::to_string(alpha->second)).c_str());
    text += (i == change && change > 0 ? std::string("          --- taste changed here\n") : "") + line + "\n";
    list.push_back(std::move(json));
  }
  Json looks = Json::array();
  for (const ImageRecord& image : catalog.find_images(swipes.quiz().looks)) looks.push_back(image.id);
  const Json quiz = {{"labels", swipes.quiz().labels}, {"looks", std::move(looks)}};
  text += std::to_string(standing.size()) + " swipes stand, of " + std::to_string(events.size()) + " events";
  globals.print({{"user", user},
                 {"events", events.size()},
                 {"last_event", swipes.last_event()},
                 {"swipes", std::move(list)},
                 {"changed_at", change > 0 ? Json(standing[change].event) : Json()},
                 {"quiz", quiz}},
                text);
}

}  // namespace

void add_user(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("user", "What is known of a user, its export and its erasure");
  verb->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto at = std::make_shared<std::int64_t>(0);
  auto* taste = verb->add_subcommand("show", "The swipes that stand, and their weight in the user's taste");
  add_user_id(*taste, "USER", *name);
  taste->add_option("--at", *at, "As it was right after the event of this id");
  taste->callback([&globals, name, at] { show(globals, *name, *at); });
  auto* every = verb->add_subcommand("export", "Every event and own garment of a user, as JSON");
  add_user_id(*every, "USER", *name);
  every->callback([&globals, name] {
    Workspace workspace(globals.place());
    Json events = Json::array();
    for (const Event& event : workspace.catalog().events(*name))
      events.push_back(event_json(workspace.catalog(), event));
    Json garments = Json::array();
    for (const OwnGarment& garment : workspace.catalog().own_garments(*name))
      garments.push_back(garment_json(workspace.catalog(), garment));
    const Json document = {{"user", *name}, {"events", events}, {"garments", garments}};
    globals.print(document, dump_json(document, 2));
  });
  auto* erase = verb->add_subcommand("erase", "Erase every event and own garment of a user for good");
  add_user_id(*erase, "USER", *name);
  erase->callback([&globals, name] {
    Workspace workspace(globals.place());
    const auto garments = workspace.catalog().own_garments(*name).size();
    const auto erased = workspace.catalog().erase_user(*name);
    globals.print({{"events", erased}, {"garments", garments}},
                  std::to_string(erased) + " events and " + std::to_string(garments) + " own garments erased");
  });
}

}  // namespace ootd
