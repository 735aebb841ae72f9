#include "ootd/cli/eval_report.h"
#include "ootd/cli/verbs.h"
#include "ootd/workspace/evaluation.h"
#include "ootd/workspace/reporting.h"

namespace ootd {
namespace {

struct EvalFlags {
  EvalRequest request;
  BootstrapOptions bootstrap;
  std::string model, against;
  std::filesystem::path report;
};

void run_eval(Globals& globals, const EvalFlags& flags) {
  Workspace workspace(globals.place());
  const Catalog& catalog = workspace.catalog();
  std::vector<Generation> generations = {workspace.find_generation(flags.model)};
  if (!flags.against.empty()) generations.push_back(workspace.find_generation(flags.against));
  const std::string& model = generations.front().model;

  EvalTask task = gather_task(catalog, flags.request, generations);
  const ModelScores scores = score_model(catalog, generations[0], task, flags.bootstrap);
  Json document = scores_json(model, scores, task, flags.bootstrap);
  document["gallery"] = task.gallery_size;
  document["labels"] = flags.request.key;
  document["protocol"] = task.protocol;
  std::string text = model + ", by " + flags.request.key + ", " + task.protocol + "\n" + scores_text(document, true) +
                     "n = " + std::to_string(scores.retrieval.queries.size()) + " queries (" +
                     std::to_string(scores.retrieval.left_out) + " more have nothing to find), " +
                     std::to_string(task.gallery_size) + " in the gallery, dim " + std::to_string(scores.dim);
  if (generations.size() > 1) {
    const std::string& against = generations[1].model;
    const ModelScores other = score_model(catalog, generations[1], task, flags.bootstrap);
    document["against"] = scores_json(against, other, task, flags.bootstrap);
    document["difference"] = difference_json(scores, other, flags.bootstrap);
    text += "\n\n" + against + "\n" + scores_text(document["against"], false) + "\n" + model + " minus " + against +
            ", query by query\n" + scores_text(document["difference"], false);
  }
  if (!flags.report.empty()) {
    write_eval_report(flags.report, workspace, generations[0], flags.request.key, task, scores);
    document["report"] = flags.report.string();
    text += "\n" + flags.report.string();
  }
  globals.print(document, text);
}

}  // namespace

void add_eval(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("eval", "How well nearest neighbours share a label");
  auto flags = std::make_shared<EvalFlags>();
  EvalRequest& request = flags->request;
  verb->add_option("--model", flags->model, "A model whose vectors are stored (default: the model in use)");
  verb->add_option("--against", flags->against, "A second model: the difference of the first to it, paired by query");
  verb->add_option("--labels", request.key, "The label key that counts as relevant; of several values any one does")
      ->capture_default_str();
  verb->add_option("--split", request.split, "Queries: images with this split label")->capture_default_str();
  verb->add_option("--gallery", request.gallery, "What they are looked up in: images with this split label")
      ->capture_default_str();
  verb->add_option("--within", request.within,
                   "A label key: only images with the same value of it (or both without) may be found");
  verb->add_flag("--exclude-same-source", request.exclude_same_source,
                 "A query never finds images from its own folder (or of its own --group-key)");
  verb->add_option("--group-key", request.group_key, "A query never finds images with the same value of this label");
  auto* report = verb->add_option("--report", flags->report, "Write a page with charts and pictures to this HTML file");
  verb->add_option("--unseen", request.unseen,
                   "Labels that training never saw (A,B): all their images are queries, a label at a time, against the "
                   "gallery and the label's other images")
      ->delimiter(',')
      ->excludes(report);
  verb->add_flag("--leave-one-out", request.leave_one_out, "Every label in turn as if --unseen")->excludes(report);
  verb->add_option("--draws", flags->bootstrap.draws, "Resamples behind the 95 % intervals")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--seed", flags->bootstrap.seed, "Of the resamples")->capture_default_str();
  verb->callback([&globals, flags] { run_eval(globals, *flags); });
}

}  // namespace ootd
