#include <cstdlib>

#include "ootd/base/error.h"
#include "ootd/base/progress.h"
#include "ootd/cli/verbs.h"

namespace ootd {
namespace {

constexpr int kFailed = 1, kMisuse = 2;

constexpr char kAbout[] =
    "ootd learns what someone likes to wear from photos of outfits.\n\n"
    "  ootd import PHOTOS     bring photos into the workspace (a folder's name is their style)\n"
    "  ootd crop              find the main person's clothes in each\n"
    "  ootd embed             turn each into a vector\n"
    "  ootd index build       make them searchable\n"
    "  ootd serve             swipe at http://127.0.0.1:8080\n";

// Was a verb, which scripts may still call.
void add_moved_render(CLI::App& app) {
  app.add_subcommand("render", "")->group("")->fallthrough(false)->allow_extras()->callback([] {
    throw CLI::ValidationError("render", "drawing looks is a program of its own, ootd-render, built beside this one");
  });
}

std::filesystem::path default_home() {
  const char* home = std::getenv("OOTD_HOME");
  return home != nullptr && *home != '\0' ? home : "ootd-home";
}

}  // namespace

#ifndef OOTD_WITH_TORCH
namespace {

void add_missing(CLI::App& app, const char* verb, const std::string& what) {
  app.add_subcommand(verb, what + " (not in this program)")
      ->fallthrough(false)  // else its options would be the program's, which knows none of them
      ->allow_extras()
      ->callback([] {
        throw Error(Kind::kUnavailable,
                    "this program was built without libtorch, so it cannot train; `make build` builds one that can");
      });
}

}  // namespace

void add_train(CLI::App& app, Globals&) { add_missing(app, "train", "Teach an encoder the workspace's labels"); }
void add_train_detector(CLI::App& app, Globals&) {
  add_missing(app, "train-detector", "Teach our garment detector the boxes that came with the photos");
}
#endif

int run_program(int argc, char** argv) {
  Globals globals;
  globals.home = default_home();
  CLI::App app(kAbout, "ootd");
  app.set_version_flag("--version", "ootd " OOTD_VERSION);
  app.add_option("--home", globals.home, "The workspace ($OOTD_HOME, else ./ootd-home)")->capture_default_str();
  app.add_flag("--json", globals.json, "Print JSON on stdout");
  app.fallthrough();
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  for (const auto add :
       {add_doctor,         add_import,  add_crawl,  add_images, add_crop,      add_detect,   add_embed, add_eval,
        add_eval_detector,  add_index,   add_search, add_label,  add_recommend, add_feedback, add_serve, add_train,
        add_train_detector, add_vectors, add_user,   add_models, add_simulate,  add_replay,   add_ab,    add_wardrobe})
    add(app, globals);
  add_moved_render(app);
  try {
    app.parse(argc, argv);
    return globals.exit_code;
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : kMisuse;
  } catch (const Error& error) {
    std::cerr << "ootd: " << error.what() << std::endl;
    return kFailed;
  } catch (const Stopped& stopped) {
    std::cerr << "ootd: " << stopped.what() << std::endl;
    return kFailed;
  } catch (const std::exception& problem) {
    std::cerr << "ootd: internal error: " << problem.what() << std::endl;
    return kFailed;
  }
}

}  // namespace ootd
