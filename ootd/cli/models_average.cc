#include "ootd/cli/models.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/models.h"

namespace ootd {
namespace {

struct AverageFlags {
  std::vector<std::string> models;
  std::vector<double> shares;
  std::string name = "average";
};

void run_average(Globals& globals, const AverageFlags& flags) {
  const Model model = average_models(globals.home, flags.models, flags.shares, flags.name);
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
