#include "ootd/render/look_set.h"

#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"

namespace ootd {

void add_render(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("render", "Draw synthetic looks with exact boxes and styles, for tests and demos");
  auto options = std::make_shared<LookSetOptions>();
  auto folder = std::make_shared<std::filesystem::path>();
  verb->add_option("--out", *folder, "The folder to write")->required();
  verb->add_option("--count", options->count, "How many looks, spread evenly over the styles")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  verb->add_option("--seed", options->seed, "The same seed gives the same bytes")->capture_default_str();
  verb->add_option("--places", options->places,
                   "How many backgrounds there are in all, each look at one of them (label \"place\"); 0: each its own")
      ->capture_default_str();
  verb->add_option("--width", options->look.width, "Pixels")->capture_default_str();
  verb->add_option("--height", options->look.height, "Pixels")->capture_default_str();
  verb->callback([&globals, options, folder] {
    {
      ProgressLine progress("render", "looks");
      write_look_set(*folder, *options, [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
    }
    globals.print(
        {{"looks", options->count}, {"folder", folder->string()}},
        std::to_string(options->count) + " looks in " + folder->string() + ". Next: ootd import " + folder->string());
  });
}

}  // namespace ootd
