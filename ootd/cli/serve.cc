#include "ootd/serve/server.h"

#include <optional>
#include <stop_token>

#include "ootd/cli/stop_on_signal.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/live.h"

namespace ootd {
namespace {

struct ServeFlags {
  ServerOptions options;
  bool access_log = false;
};

void run_serve(Globals& globals, ServeFlags& flags) {
  const StopOnSignal stopper;  // before any other thread
  Workspace workspace(globals.place());
  Live live(workspace, [](const std::string& line) { std::cerr << "ootd serve: " + line + "\n"; });
  if (flags.access_log) flags.options.access_log = [](std::string_view line) { std::cerr << std::string(line) + "\n"; };
  Server server({workspace.catalog(), [&live] { return live.now(); }, live.taste()}, flags.options);
  const std::size_t looks = live.now().view->size();
  globals.print({{"url", server.url()}, {"vectors", looks}},
                "Swipe at " + server.url() + "  (" + std::to_string(looks) + " looks; Ctrl-C stops)");
  {
    const std::stop_callback stop(stopper.token(), [&] { server.stop(); });  // its end waits for a call under way
    server.run();
  }
  live.save();
}

}  // namespace

void add_serve(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("serve", "The HTTP API and the swipe page");
  auto flags = std::make_shared<ServeFlags>();
  ServerOptions& options = flags->options;
  verb->add_option("--port", options.port, "0 = any free one")->capture_default_str();
  verb->add_option("--address", options.address, "Where to listen; others than loopback belong behind a TLS proxy")
      ->capture_default_str();
  verb->add_option("--public-host", options.public_host, "The host name that a proxy in front passes on");
  verb->add_option("--api-token", options.api_token, "For services; without one their routes are off")
      ->envname("OOTD_API_TOKEN");
  verb->add_option("--workers", options.worker_threads, "Threads that deal decks and read pictures; 0 = all cores")
      ->capture_default_str();
  verb->add_option("--max-connections", options.max_connections, "More are closed at once")->capture_default_str();
  verb->add_flag("--access-log", flags->access_log, "One line a request on stderr");
  verb->callback([&globals, flags] { run_serve(globals, *flags); });
}

}  // namespace ootd
