#include "ootd/cli/models.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"
#include "ootd/models/average.h"

namespace ootd {
namespace {

struct AverageFlags {
  std::vector<std::string> models;
  std::vector<double> shares;
  std::string name = "average";
};

void run_average(Globals& globals, const AverageFlags& flags) {
  std::vector<Model> models;
  for (const auto& name : flags.models) models.push_back(find_model(globals.home, name));
  std::vector<double> shares = flags.shares;
  if (shares.empty()) shares.assign(models.size(), 1.0 / static_cast<double>(models.size()));
  std::vector<NamedFloats> weights = average_weights(models, shares);
  ModelConfig config = models[0].config;
  config.name = flags.name;
  config.weights = {"model.safetensors"};
  config.passes_over_head = false;
  config.source = "average of";
  for (std::size_t i = 0; i < models.size(); ++i)
    config.source += (i > 0 ? ", " : " ") + models[i].id + " (" + dump_json(shares[i]) + ")";
  const Model model = save_model(std::filesystem::absolute(globals.home) / "models", config, std::move(weights),
                                 models[0].tokenizer_files());
  globals.print({{"name", model.id}, {"folder", model.folder.string()}, {"dim", model.config.dim()}},
                model.folder.string() + "\nNext: ootd embed --model " + model.id);
}

}  // namespace

void add_models_average(CLI::App& verb, Globals& globals) {
  auto* sub =
      verb.add_subcommand("average", "One model from several of one kind: the mean of their weights (WiSE-FT, soups)");
  auto flags = std::make_shared<AverageFlags>();
  sub->add_option("MODEL", flags->models, "Names, ids or folders; \"@backbone\" behind one leaves its head away")
      ->required()
      ->expected(2, 64);
  sub->add_option("--shares", flags->shares, "A share for each, summing to 1 (A,B; default: equal)")->delimiter(',');
  sub->add_option("--name", flags->name, "Of the new model")->capture_default_str();
  sub->callback([&globals, flags] { run_average(globals, *flags); });
}

}  // namespace ootd
