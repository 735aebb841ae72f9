#include <optional>

#include "ootd/base/styles.h"
#include "ootd/cli/label_report.h"
#include "ootd/cli/verbs.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/embedding.h"
#include "ootd/workspace/labelling.h"

namespace ootd {
namespace {

struct LabelFlags {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> styles{kStyles.begin(), kStyles.end()};
  ZeroShotOptions zero_shot;
  LabelRequest request;
  std::string model;
};

void label_files(Globals& globals, const LabelFlags& flags, const Model& model, const ZeroShot& zero_shot,
                 const OutfitFinder* outfits, const DecodeLimits& limits) {
  std::size_t failed = 0;
  embed_files(model, {}, outfits, flags.files, limits, [&](const FileResult& result) {
    const std::string file = result.job.file.string();
    if (result.problem.empty()) {
      std::cout << scores_line(globals.json, "file", file, zero_shot.score(result.vector)) << "\n";
      return;
    }
    ++failed;
    if (globals.json)
      std::cout << dump_json({{"file", file}, {"error", result.problem}}) << "\n";
    else
      std::cerr << "  failed: " << result.problem << "\n";
  });
  if (failed == flags.files.size()) globals.exit_code = 1;
}

void label_photos(Globals& globals, const LabelFlags& flags, Workspace& workspace, const Model& model,
                  const ZeroShot& zero_shot) {
  const LabelRequest& request = flags.request;
  const auto score = [&](std::span<const float> vector) { return zero_shot.score(vector); };
  const LabelReport report = label_workspace(workspace, workspace.find_generation(model.id), score, request,
                                             [&](const ImageId& id, const std::vector<NameScore>& scores) {
                                               if (!request.write)
                                                 std::cout << scores_line(globals.json, "id", id, scores) << "\n";
                                             });
  if (report.without_vector > 0)
    std::cerr << "  " << report.without_vector << " photos have no vector by " << model.id << ": ootd embed --model "
              << model.config.name << "\n";
  if (request.write)
    globals.print({{"scored", report.scored},
                   {"written", report.written},
                   {"key", request.key},
                   {"without_vector", report.without_vector}},
                  std::to_string(report.written) + " of " + std::to_string(report.scored) +
                      " photos labelled. Next: ootd search " + "... --filter '" + request.key + " = " +
                      flags.styles.front() + "'");
}

void run_label(Globals& globals, const LabelFlags& flags) {
  if (!flags.files.empty() && flags.request.write)
    throw CLI::ValidationError("--write", "labels photos of the workspace; leave the files out");
  // Files and a model by name need no workspace; where there is one, its detector crops them.
  std::optional<Workspace> workspace;
  if (flags.files.empty() || flags.model.empty() || is_workspace(globals.place())) workspace.emplace(globals.place());
  const Model model = flags.model.empty() ? workspace->need_model() : find_model(globals.home, flags.model);
  const ZeroShot zero_shot(model, flags.styles, flags.zero_shot);
  if (flags.files.empty())
    label_photos(globals, flags, *workspace, model, zero_shot);
  else
    label_files(globals, flags, model, zero_shot, workspace ? workspace->outfit_finder().get() : nullptr,
                workspace ? photo_limits(workspace->catalog()) : DecodeLimits{.own_file = true});
}

}  // namespace

void add_label(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand(
      "label", "Guess styles from their names alone, to pre-sort photos (needs a model with a text tower)");
  auto flags = std::make_shared<LabelFlags>();
  verb->add_option("FILE", flags->files, "Score these files and store nothing (default: the workspace's photos)");
  verb->add_option("--styles", flags->styles, "Names, separated by commas (default: the thirteen of Musinsa)")
      ->delimiter(',');
  verb->add_option("--prompt", flags->zero_shot.prompts, "The sentence around the name {}; may be given several times")
      ->capture_default_str()
      ->take_all();
  verb->add_option("--model", flags->model, "A model with a text tower (default: the one in use)");
  verb->add_flag("--write", flags->request.write, "Store each photo's best name as a label");
  verb->add_option("--key", flags->request.key,
                   "The label that --write sets; not \"style\", so that guesses stay apart from facts")
      ->capture_default_str();
  verb->add_option("--min-score", flags->request.min_share, "--write only if the best name has this share of 1")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--unless", flags->request.unless,
                   "Leave out photos that have a label of this key, for example style");
  verb->callback([&globals, flags] { run_label(globals, *flags); });
}

}  // namespace ootd
