#include <cstdlib>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/progress.h"
#include "ootd/cli/help_page.h"
#include "ootd/cli/verbs.h"

namespace ootd {
namespace {

constexpr int kFailed = 1, kMisuse = 2;

constexpr char kAbout[] =
    "ootd learns what someone likes to wear from photos of outfits.\n\n"
    "  ootd import PHOTOS   bring photos in (a folder's name is their style)\n"
    "  ootd crop            find the main person's clothes in each\n"
    "  ootd embed           turn each into a vector\n"
    "  ootd serve           swipe at http://127.0.0.1:8080\n";

// As the overview lists them, which is how work goes.
struct VerbGroup {
  const char* name;
  std::vector<void (*)(CLI::App&, Globals&)> add;
};
const VerbGroup kVerbs[] = {
    {"Get photos", {add_import, add_crawl, add_images}},
    {"See clothes", {add_crop, add_detect, add_embed}},
    {"Search", {add_index, add_search, add_label, add_vectors}},
    {"Taste", {add_recommend, add_feedback, add_wardrobe, add_user, add_simulate, add_replay, add_ab}},
    {"Learn", {add_train, add_eval, add_train_detector, add_eval_detector, add_models}},
    {"Serve and keep", {add_serve, add_doctor}},
};

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

std::unique_ptr<CLI::App> make_program(Globals& globals) {
  auto program = std::make_unique<CLI::App>(kAbout, "ootd");
  CLI::App& app = *program;
  app.formatter(std::make_shared<HelpPage>());  // before the verbs, which take it over
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.set_version_flag("--version", "ootd " OOTD_VERSION);
  app.add_option("--home", globals.home, "The workspace ($OOTD_HOME, else ./ootd-home)");
  app.add_option("--store", globals.store,
                 "The catalog's database, postgres://... ($OOTD_STORE, else catalog.db in the workspace)");
  app.add_flag("--json", globals.json, "Print JSON on stdout");
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.failure_message(CLI::FailureMessage::simple);
  for (const auto& [group, verbs] : kVerbs)
    for (const auto add : verbs) {
      add(app, globals);
      app.get_subcommands({}).back()->group(group);
    }
  add_moved_render(app);
  return program;
}

int run_program(int argc, char** argv) {
  Globals globals;
  globals.home = default_home();
  if (const char* store = std::getenv("OOTD_STORE")) globals.store = store;
  const auto program = make_program(globals);
  try {
    program->parse(argc, argv);
    if (program->get_subcommands().empty()) std::cout << program->help();
    return globals.exit_code;
  } catch (const CLI::ParseError& problem) {
    const auto typing = problem.get_exit_code() == 0 ? std::nullopt : typing_error(*program);
    if (typing) std::cerr << *typing << std::endl;
    return typing || program->exit(problem) != 0 ? kMisuse : 0;
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
