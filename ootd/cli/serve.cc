#include "ootd/serve/server.h"

#include <csignal>
#include <optional>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"
#include "ootd/embed/encoder.h"

namespace ootd {
namespace {

struct ServeFlags {
  ServerOptions options;
  bool access_log = false;
};

// SIGINT and SIGTERM are blocked in every thread and waited for in one: stop() runs as ordinary code.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void watch(Server& server) {
    thread_ = std::thread([this, &server] {
      int signal = 0;
      sigwait(&signals_, &signal);
      server.stop();
    });
  }
  ~StopOnSignal() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGTERM);  // if run() ended by itself
    thread_.join();
  }

 private:
  sigset_t signals_;
  std::thread thread_;
};

void run_serve(Globals& globals, ServeFlags& flags) {
  StopOnSignal stopper;
  Workspace workspace(globals.home);
  const auto index = workspace.open_index();
  const Recommender recommender(workspace.catalog(), *index);
  const Model model = workspace.need_model();
  const auto encoder = make_encoder(model);
  const auto outfits = workspace.outfit_finder();
  std::optional<TextEncoder> words;
  if (model.config.text) words.emplace(model);
  if (flags.access_log) flags.options.access_log = [](std::string_view line) { std::cerr << std::string(line) + "\n"; };
  Server server({workspace.catalog(), *index, recommender, encoder.get(), words ? &*words : nullptr, outfits.get()},
                flags.options);
  globals.print({{"url", server.url()}, {"vectors", index->size()}},
                "Swipe at " + server.url() + "  (" + std::to_string(index->size()) + " looks; Ctrl-C stops)");
  stopper.watch(server);
  server.run();
  index->save();
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
