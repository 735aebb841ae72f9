#include <cstdio>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/cli/embedding.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/reporting.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"
#include "ootd/embed/pca.h"
#include "ootd/train/train.h"

namespace ootd {
namespace {

struct TrainFlags {
  std::filesystem::path config, out;
  bool resume = false;
};

std::vector<std::string> keys_of(const TrainConfig& config) {
  std::vector<std::string> keys{config.select};
  for (const auto& objective : config.objectives)
    if (!objective.labels.starts_with('@') && std::find(keys.begin(), keys.end(), objective.labels) == keys.end())
      keys.push_back(objective.labels);
  return keys;
}

bool needs_features(const TrainConfig& config) {
  bool needed = config.mode != TrainMode::kFull || (config.pca_init && config.head.hidden == 0);
  for (const auto& objective : config.objectives) needed = needed || objective.labels == ObjectiveConfig::kBase;
  return needed;
}

// The base model's vectors of all samples, computed where they are missing; samples that cannot be read are dropped.
Matrix features_of(Workspace& workspace, const Model& base, SampleSet& set, bool show_progress) {
  std::vector<Row> rows;
  for (const auto& sample : set.samples) rows.push_back(sample.row);
  embed_rows(workspace, base, rows, show_progress);
  const Bitmap missing = [&] {
    Bitmap bits;
    for (const Row row : rows_without_vector(workspace.catalog(), base.id)) bits.add(row);
    return bits;
  }();
  set.drop([&](const Sample& sample) { return missing.contains(sample.row); });
  rows.clear();
  for (const auto& sample : set.samples) rows.push_back(sample.row);
  return workspace.catalog().embeddings(base.id, rows);
}

Matrix rows_of(const Matrix& matrix, const std::vector<std::size_t>& numbers) {
  Matrix rows(numbers.size(), matrix.cols());
  for (std::size_t i = 0; i < numbers.size(); ++i) std::ranges::copy(matrix.row(numbers[i]), rows.row(i).begin());
  return rows;
}

std::vector<NamedFloats> pca_head(const TrainConfig& config, const SampleSet& set, const Matrix& features) {
  std::vector<NamedFloats> head = fit_pca(rows_of(features, set.part(/*validation=*/false)), {.dim = config.head.dim});
  if (!config.head.bias) head.resize(1);  // "head.weight" alone
  return head;
}

// report.html in the run's folder: the validation photos as the best model sees them.
void write_report_of(Workspace& workspace, const std::filesystem::path& folder, const TrainConfig& config,
                     const SampleSet& set, const Matrix& features, const TrainOutcome& outcome, bool show_progress) {
  const LabelColumn& column = *std::ranges::find(set.columns, config.select, &LabelColumn::key);
  const bool from_features = config.mode == TrainMode::kHead && config.head.hidden == 0;
  std::vector<Row> lacking;  // photos that cannot be read
  if (!from_features) {
    std::vector<Row> wanted;
    for (const std::size_t i : set.part(/*validation=*/true)) wanted.push_back(set.samples[i].row);
    embed_rows(workspace, outcome.best, wanted, show_progress);
    lacking = rows_without_vector(workspace.catalog(), outcome.best.id);
  }
  LabelledRows rows;
  std::vector<std::size_t> numbers;
  for (const std::size_t i : set.part(/*validation=*/true)) {
    if (column.labels[i].empty() || std::ranges::binary_search(lacking, set.samples[i].row)) continue;
    rows.labels.push_back(column.labels[i]);
    rows.ids.push_back(set.samples[i].row);
    numbers.push_back(i);
  }
  rows.vectors = from_features ? apply_head(outcome.best, rows_of(features, numbers))
                               : workspace.catalog().embeddings(outcome.best.id, rows.ids);
  const std::string counts = std::to_string(set.part(false).size()) + " photos for training, " +
                             std::to_string(rows.ids.size()) + " for validation";
  write_run_report(workspace, {.folder = folder,
                               .name = config.name,
                               .facts = {{"Model", outcome.best.id},
                                         {"Trained from", config.base},
                                         {"Data", counts},
                                         {"Steps", std::to_string(outcome.steps)}},
                               .label_key = column.key,
                               .labels = column.names,
                               .validation = rows});
}

void run_train(Globals& globals, const TrainFlags& flags) {
  const TrainConfig config = read_train_config(flags.config);
  Workspace workspace(globals.home);
  const Model base = workspace.find_model(config.base);
  SampleSet set = load_samples(workspace.catalog(), keys_of(config), config.train_split, config.val_split);
  Matrix features;
  if (needs_features(config)) features = features_of(workspace, base, set, !globals.json);
  std::vector<NamedFloats> head;
  if (config.pca_init && config.head.hidden == 0) head = pca_head(config, set, features);
  const auto folder = flags.out.empty() ? std::filesystem::absolute(globals.home) / "runs" / config.name
                                        : std::filesystem::absolute(flags.out);
  if (!flags.resume && std::filesystem::exists(folder / "config.toml"))
    throw Error(Kind::kInput,
                folder.string() + ": holds a run already; go on with it by --resume, or name another --out");

  std::optional<Progress> progress;
  TrainEvents events;
  if (!globals.json) {
    events.on_step = [&](const StepReport& report) {
      if (!progress) progress.emplace("train", "steps");
      progress->update(report.step + 1, report.steps);
    };
    events.on_epoch = [&](const EpochReport& report) {
      progress.reset();
      char line[120];
      std::snprintf(line, sizeof line, "epoch %d: validation mAP %.4f, R@1 %.4f by %s%s\n", report.epoch, report.map,
                    report.recall_at_1, config.select.c_str(), report.best ? ", the best so far" : "");
      std::cerr << line;
    };
  }
  const TrainOutcome outcome = train(config, {base, set, features, head}, folder, flags.resume, events);
  progress.reset();
  for (const auto& problem : outcome.broken) std::cerr << "  seen as gray: " << problem << "\n";
  write_report_of(workspace, folder, config, set, features, outcome, !globals.json);
  char text[200];
  std::snprintf(text, sizeof text, "%lld steps in %.1f s; best epoch %d: validation mAP %.4f, R@1 %.4f",
                static_cast<long long>(outcome.steps), outcome.seconds, outcome.best_epoch.epoch,
                outcome.best_epoch.map, outcome.best_epoch.recall_at_1);
  const std::string checkpoint = outcome.best.folder.string();
  globals.print({{"checkpoint", checkpoint},
                 {"model", outcome.best.id},
                 {"best",
                  {{"metric", "map"},
                   {"value", outcome.best_epoch.map},
                   {"recall_at_1", outcome.best_epoch.recall_at_1},
                   {"step", outcome.best_epoch.epoch}}},
                 {"seconds", outcome.seconds},
                 {"steps", outcome.steps},
                 {"run", folder.string()},
                 {"report", (folder / "report.html").string()}},
                text + ("\n" + checkpoint + "\n" + (folder / "report.html").string() + "\nNext: ootd embed --model " +
                        checkpoint));
}

}  // namespace

void add_train(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("train", "Teach an encoder the workspace's labels, as a TOML file says");
  auto flags = std::make_shared<TrainFlags>();
  verb->add_option("--config", flags->config, "The run; docs/training.md explains its fields")
      ->required()
      ->check(CLI::ExistingFile);
  verb->add_option("--out", flags->out, "The run's folder (default: runs/NAME of the workspace)");
  verb->add_flag("--resume", flags->resume, "Go on where the run stopped");
  verb->callback([&globals, flags] { run_train(globals, *flags); });
}

}  // namespace ootd
