#include <algorithm>
#include <cstdio>
#include <numeric>

#include "ootd/base/error.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/eval/bootstrap.h"
#include "ootd/workspace/comparing.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

void print_stats(Globals& globals, const VectorIndex& index, const std::vector<std::string>& problems, bool verified) {
  const auto stats = index.stats();
  std::string text = std::to_string(stats.vectors) + " vectors x " + std::to_string(stats.dim) + " of " +
                     to_string(index.generation()) + ", " +
                     (stats.graph ? "HNSW graph + " + std::to_string(stats.tail) + " newer rows" : "exact scan") +
                     ", " + std::to_string(stats.bytes) + " bytes on disk";
  if (verified) text += problems.empty() ? "; sound" : "";
  for (const auto& problem : problems) text += "\n  problem: " + problem;
  globals.print({{"vectors", stats.vectors},
                 {"dim", stats.dim},
                 {"bytes", stats.bytes},
                 {"ok", problems.empty()},
                 {"model", index.generation().model},
                 {"crops", index.generation().crops},
                 {"graph", stats.graph},
                 {"tail", stats.tail},
                 {"problems", problems}},
                text);
  if (!problems.empty()) globals.exit_code = 1;
}

// {"generations": [{"model", "crops", "vectors", "lacking", "serves"}]}
void list_generations(Globals& globals) {
  const Workspace workspace(globals.home);
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
  Workspace workspace(globals.home);
  SqliteCatalog& catalog = workspace.catalog();
  const auto before = catalog.served_before();
  if (!before || catalog.vector_count(*before) == 0)
    throw Error(Kind::kNotFound, globals.home.string() + ": no generation of vectors served before the present one");
  Catalog::Batch batch(catalog);
  catalog.serve(*before);
  use_crops(catalog, before->crops);  // new photos are cropped and embedded as those that serve
  batch.commit();
  globals.print({{"model", before->model}, {"crops", before->crops}}, "serves again: " + to_string(*before));
}

// {"serving", "other", "people", "agreement", "agreement_interval", "simulated": {"serving", "other"}}
void compare(Globals& globals, const std::string& other, int users) {
  const Workspace workspace(globals.home);
  const auto compared = run_stage(
      !globals.json, [&](const Progress& progress) { return compare_generations(workspace, other, users, progress); });
  const double people = static_cast<double>(compared.people.size());
  const double mean =
      std::accumulate(compared.agreement.begin(), compared.agreement.end(), 0.0) / std::max(people, 1.0);
  const Interval interval = bootstrap_mean(compared.agreement);
  Json document = {{"serving", to_string(compared.serving)},
                   {"other", to_string(compared.other)},
                   {"people", compared.people.size()},
                   {"agreement", people > 0 ? Json(mean) : Json()},
                   {"agreement_interval", {interval.low, interval.high}}};
  char line[160];
  std::snprintf(line, sizeof line,
                "%.0f people with a like: of the best %d unseen looks %.0f %% are the same [%.0f, %.0f]", people,
                kComparedCards, 100 * mean, 100 * interval.low, 100 * interval.high);
  std::string text = people > 0 ? line : "nobody has liked a look yet";
  if (!compared.simulated.empty()) {
    double rates[2] = {};
    for (std::size_t i = 0; i < 2; ++i)
      for (const Measures& person : compared.simulated[i].outcome.people)
        rates[i] += person.hit_rate / static_cast<double>(compared.simulated[i].outcome.people.size());
    document["simulated"] = {{"serving", rates[0]}, {"other", rates[1]}};
    std::snprintf(
        line, sizeof line,
        "\nsimulated people are dealt %.3f cards that they like of each by the serving vectors, %.3f by the others",
        rates[0], rates[1]);
    text += line;
  }
  globals.print(document, text);
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
  action("build", "Build it anew from the catalog and save it", [](Globals& g, VectorIndex& index) {
    index.rebuild();
    print_stats(g, index, {}, false);
  });
  action("stats", "Size and kind", [](Globals& g, VectorIndex& index) { print_stats(g, index, {}, false); });
  action("verify", "Compare it with the catalog and with exact search",
         [](Globals& g, VectorIndex& index) { print_stats(g, index, index.verify(), true); });
  verb->add_subcommand("list", "The generations of vectors: by which model, of which crops, and which of them serves")
      ->callback([&globals] { list_generations(globals); });
  auto other = std::make_shared<std::string>();
  auto users = std::make_shared<int>(100);
  auto* comparing = verb->add_subcommand(
      "compare", "What another model's vectors would change for this workspace's people, before they serve");
  comparing->add_option("MODEL", *other, "That has vectors here")->required();
  comparing->add_option("--users", *users, "Simulated people, where [taste] label is set; 0 = none")
      ->capture_default_str();
  comparing->callback([&globals, other, users] { compare(globals, *other, *users); });
  verb->add_subcommand("back", "Serve the generation that served before the present one; again: forth")
      ->callback([&globals] { step_back(globals); });
}

}  // namespace ootd
