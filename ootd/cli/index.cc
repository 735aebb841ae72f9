#include "ootd/base/error.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

void print_stats(Globals& globals, const VectorIndex& index, const std::vector<std::string>& problems, bool verified) {
  const auto stats = index.stats();
  std::string text = std::to_string(stats.vectors) + " vectors x " + std::to_string(stats.dim) + " of " +
                     to_string(index.generation()) + ", " + "exact scan, " + std::to_string(stats.tail) +
                     " newer rows, " + std::to_string(stats.bytes) + " bytes on disk";
  if (verified) text += problems.empty() ? "; sound" : "";
  for (const auto& problem : problems) text += "\n  problem: " + problem;
  globals.print({{"vectors", stats.vectors},
                 {"dim", stats.dim},
                 {"bytes", stats.bytes},
                 {"ok", problems.empty()},
                 {"model", index.generation().model},
                 {"crops", index.generation().crops},
                 {"tail", stats.tail},
                 {"problems", problems}},
                text);
  if (!problems.empty()) globals.exit_code = 1;
}

// {"generations": [{"model", "crops", "vectors", "lacking", "serves"}]}
void list_generations(Globals& globals) {
  const Workspace workspace(globals.place());
  const Catalog& catalog = workspace.catalog();
  const auto serving = catalog.serving(), before = catalog.served_before();
  Json list = Json::array();
  std::string text;
  for (const auto& [generation, vectors] : catalog.generations()) {
    const auto lacking = all_looks_to_embed(catalog, generation).size();
    list.push_back({{"model", generation.model},
                    {"crops", generation.crops},
                    {"vectors", vectors},
                    {"lacking", lacking},
                    {"serves", generation == serving}});
    text += (text.empty() ? "" : "\n") + std::string(generation == serving ? "* " : "  ") + to_string(generation) +
            ": " + std::to_string(vectors) + " vectors" +
            (lacking > 0 ? ", " + std::to_string(lacking) + " looks lack one" : "") +
            (generation == before ? " (served before; `ootd index back`)" : "");
  }
  globals.print({{"generations", list}}, text.empty() ? "no vectors yet; run `ootd embed`" : text);
}

void step_back(Globals& globals) {
  Workspace workspace(globals.place());
  Catalog& catalog = workspace.catalog();
  const auto before = catalog.served_before();
  if (!before || catalog.vector_count(*before) == 0)
    throw Error(Kind::kNotFound, globals.home.string() + ": no generation of vectors served before the present one");
  Catalog::Batch batch(catalog);
  catalog.serve(*before);
  use_crops(catalog, before->crops);  // new photos are cropped and embedded as those that serve
  batch.commit();
  globals.print({{"model", before->model}, {"crops", before->crops}}, "serves again: " + to_string(*before));
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
      Workspace workspace(globals.place());
      const auto index = workspace.open_index(*garment);
      act(globals, *index);
    });
  };
  action("build", "Build it anew from the catalog and save it", [](Globals& g, VectorIndex& index) {
    index.rebuild();
    print_stats(g, index, {}, false);
  });
  action("stats", "Size and kind", [](Globals& g, VectorIndex& index) { print_stats(g, index, {}, false); });
  action("verify", "Compare it with the catalog and with exact search",
         [](Globals& g, VectorIndex& index) { print_stats(g, index, index.verify(), true); });
  verb->add_subcommand("list", "The generations of vectors: by which model, of which crops, and which of them serves")
      ->callback([&globals] { list_generations(globals); });
  add_index_compare(*verb, globals);
  verb->add_subcommand("back", "Serve the generation that served before the present one; again: forth")
      ->callback([&globals] { step_back(globals); });
}

}  // namespace ootd
