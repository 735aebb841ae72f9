#include "ootd/base/error.h"
#include "ootd/cli/verbs.h"
#include "ootd/taste/swipes.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct FeedbackFlags {
  std::string user, like, save, dislike, skip, undo;
};

}  // namespace

void add_feedback(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("feedback", "Append a swipe to a user's events");
  auto flags = std::make_shared<FeedbackFlags>();
  add_user_id(*verb, "--user", flags->user);
  verb->add_option("--like", flags->like, "An image id");
  verb->add_option("--save", flags->save, "An image id");
  verb->add_option("--dislike", flags->dislike, "An image id");
  verb->add_option("--skip", flags->skip, "An image id: seen, no opinion");
  auto* undo = verb->add_option("--undo", flags->undo, "Take back the latest swipe, or the one on this image id");
  undo->expected(0, 1);
  verb->require_option(2);
  verb->callback([&globals, flags, undo] {
    Workspace workspace(globals.place());
    Catalog& catalog = workspace.catalog();
    Catalog::Batch batch(catalog);  // an undo is found and taken back in one step
    Event event;
    event.user = flags->user;
    const auto set = [&](EventKind kind, const std::string& id) {
      event.kind = kind;
      event.look = workspace.need_image(id).key;
    };
    if (!flags->like.empty()) set(EventKind::kLike, flags->like);
    if (!flags->save.empty()) set(EventKind::kSave, flags->save);
    if (!flags->dislike.empty()) set(EventKind::kDislike, flags->dislike);
    if (!flags->skip.empty()) set(EventKind::kSkip, flags->skip);
    if (undo->count() > 0) {
      const LookKey look = flags->undo.empty() ? LookKey{} : workspace.need_image(flags->undo).key;
      Swipes swipes(std::make_shared<const CopyGroups>(catalog.copies()));
      swipes.fold(catalog.events(flags->user));
      const auto undo_event = undo_of_latest(flags->user, swipes, look);
      if (!undo_event)
        throw Error(Kind::kNotFound, "user " + flags->user + ": nothing to undo" +
                                         (flags->undo.empty() ? "" : " on image " + flags->undo));
      event = *undo_event;
    }
    const auto id = catalog.append_event(event).id;
    batch.commit();
    globals.print({{"event_id", id}}, "event " + std::to_string(id));
  });
}

}  // namespace ootd
