#include "ootd/cli/verbs.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

void print_stats(Globals& globals, const SearchIndex& index, const std::vector<std::string>& problems, bool verified) {
  const auto stats = index.stats();
  std::string text = std::to_string(stats.vectors) + " vectors x " + std::to_string(stats.dim) + " of " +
                     index.model() + ", " +
                     (stats.graph ? "HNSW graph + " + std::to_string(stats.tail) + " newer rows" : "exact scan") +
                     ", " + std::to_string(stats.bytes) + " bytes on disk";
  if (verified) text += problems.empty() ? "; sound" : "";
  for (const auto& problem : problems) text += "\n  problem: " + problem;
  globals.print({{"vectors", stats.vectors},
                 {"dim", stats.dim},
                 {"bytes", stats.bytes},
                 {"ok", problems.empty()},
                 {"model", index.model()},
                 {"graph", stats.graph},
                 {"tail", stats.tail},
                 {"problems", problems}},
                text);
  if (!problems.empty()) globals.exit_code = 1;
}

}  // namespace

void add_index(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("index", "The search index, a cache of the catalog's vectors");
  verb->require_subcommand(1);
  const auto action = [&](const char* name, const char* about, auto act) {
    auto garment = std::make_shared<std::string>();
    auto* sub = verb->add_subcommand(name, about);
    sub->add_option("--garment", *garment, "That of one category's garments, in place of whole looks")
        ->check(garment_category());
    sub->callback([&globals, act, garment] {
      Workspace workspace(globals.home);
      const auto index = workspace.open_index(*garment);
      act(globals, *index);
    });
  };
  action("build", "Build it anew from the catalog and save it", [](Globals& g, SearchIndex& index) {
    index.rebuild();
    print_stats(g, index, {}, false);
  });
  action("stats", "Size and kind", [](Globals& g, SearchIndex& index) { print_stats(g, index, {}, false); });
  action("verify", "Compare it with the catalog and with exact search",
         [](Globals& g, SearchIndex& index) { print_stats(g, index, index.verify(), true); });
}

}  // namespace ootd
