// ootd-render: a data set of drawn looks, for tests, demos and experiments.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/base/memory.h"
#include "tools/render/look_set.h"

namespace ootd {
namespace {

constexpr int kFailed = 1, kMisuse = 2;

int run(int argc, char** argv) {
  CLI::App app("Draw synthetic looks with exact boxes and styles, for tests and demos", "ootd-render");
  LookSetOptions options;
  std::filesystem::path folder;
  bool json = false;
  app.failure_message(CLI::FailureMessage::simple);
  app.add_option("--out", folder, "The folder to write")->required();
  app.add_option("--count", options.count, "How many looks, spread evenly over the styles")
      ->capture_default_str()
      ->check(CLI::Range(1, kMaxLooks));
  app.add_option("--seed", options.seed, "The same seed gives the same bytes")->capture_default_str();
  app.add_option("--places", options.places,
                 "How many backgrounds there are in all, each look at one of them (label \"place\"); 0: each its own")
      ->capture_default_str();
  app.add_option("--width", options.look.width, "Pixels")->capture_default_str();
  app.add_option("--height", options.look.height, "Pixels")->capture_default_str();
  app.add_flag("--json", json, "Print JSON on stdout");
  try {
    app.parse(argc, argv);
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    write_look_set(folder, options, [&](int done, int total) {
      if (terminal) std::cerr << "\rrender " << done << "/" << total << " looks" << (done == total ? "\n" : "");
    });
    const std::string where = folder.string();
    if (json)
      std::cout << dump_json({{"looks", options.count}, {"folder", where}}) << std::endl;
    else
      std::cout << options.count << " looks in " << where << ". Next: ootd import " << where << std::endl;
    return 0;
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : kMisuse;
  } catch (const Error& error) {
    std::cerr << "ootd-render: " << error.what() << std::endl;
    return kFailed;
  } catch (const std::exception& problem) {
    std::cerr << "ootd-render: internal error: " << problem.what() << std::endl;
    return kFailed;
  }
}

}  // namespace
}  // namespace ootd

int main(int argc, char** argv) {
  ootd::keep_freed_memory();
  return ootd::run(argc, argv);
}
