#include "ootd/workspace/training.h"

#include <algorithm>
#include <ctime>

#include "ootd/base/io.h"
#include "ootd/embed/pca.h"
#include "ootd/embed/text_encoder.h"
#include "ootd/embed/zero_shot.h"
#include "ootd/train/alarm_log.h"
#include "ootd/train/label_noise.h"
#include "ootd/train/split_guard.h"
#include "ootd/workspace/embedding.h"
#include "ootd/workspace/reporting.h"

namespace ootd {
namespace {

struct TrainingData {
  Model base;
  SampleSet set = {};
  Matrix features = {};  // empty if nothing asks for them
  std::vector<NamedFloats> head = {};
  std::vector<Matrix> captions = {}, teachers = {};
  std::vector<LabelSuspect> suspects = {};  // of the labels that the run is selected by
  std::vector<Alarm> alarms = {};           // what the photos and labels give cause for
  std::string hash = {};                    // of photos, labels and split: equal for equal data

  TrainInputs inputs() const { return {base, set, features, head, captions, teachers, alarms}; }
};

std::vector<std::string> keys_of(const TrainConfig& config) {
  std::vector<std::string> keys{config.select};
  for (const auto& objective : config.objectives)
    for (const auto& key : {objective.labels, objective.within})
      if (!key.empty() && !key.starts_with('@') && std::find(keys.begin(), keys.end(), key) == keys.end())
        keys.push_back(key);
  return keys;
}

bool learns_pca(const TrainConfig& config) { return config.pca_init && config.head.hidden == 0; }

bool needs_features(const TrainConfig& config) {
  return config.mode != TrainMode::kFull || learns_pca(config) ||
         std::ranges::any_of(config.objectives, [](const ObjectiveConfig& objective) {
           return objective.labels == ObjectiveConfig::kBase && objective.teacher.empty();
         });
}

std::vector<LookKey> looks_of(const SampleSet& set) {
  std::vector<LookKey> looks;
  for (const auto& sample : set.samples) looks.push_back(sample.look);
  return looks;
}

// Every sample gets a vector by the model; one whose photo cannot be read is dropped.
void embed_samples(Workspace& workspace, const Model& model, SampleSet& set, const Progress& progress) {
  embed_looks(workspace, model, looks_of(set), progress);
  const auto missing = all_looks_to_embed(workspace.catalog(), workspace.generation_of(model.id));
  set.drop([&](const Sample& sample) { return std::ranges::binary_search(missing, sample.look); });
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

// The captions of each objective through the base model's text tower.
std::vector<Matrix> captions_of(const TrainConfig& config, const Model& base, const SampleSet& set) {
  std::vector<Matrix> captions(config.objectives.size());
  std::optional<TextEncoder> encoder;
  for (std::size_t k = 0; k < captions.size(); ++k) {
    const ObjectiveConfig& objective = config.objectives[k];
    if (objective.captions.empty()) continue;
    if (!encoder) encoder.emplace(base);
    std::vector<std::string> sentences;
    for (const auto& name : set.column(objective.labels).names)
      sentences.push_back(filled_prompt(objective.captions, name));
    captions[k] = encoder->encode(sentences);
  }
  return captions;
}

// Of photos, crops, labels and split.
std::string data_hash(const SampleSet& set) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < set.samples.size(); ++i) {
    std::string line = set.samples[i].id + (set.samples[i].validation ? " val" : " train");
    if (const auto& crop = set.samples[i].crop) {
      char box[80];
      std::snprintf(box, sizeof box, "\tcrop=%g,%g,%g,%g", crop->x, crop->y, crop->w, crop->h);
      line += box;
    }
    for (const auto& column : set.columns)
      for (const int label : column.labels[i])
        line += "\t" + column.key + "=" + column.names[static_cast<std::size_t>(label)];
    lines.push_back(line);
  }
  return hash_of_lines(std::move(lines));
}

ReportAlarm shown(const Alarm& alarm) {
  const bool critical = alarm.level == AlarmLevel::kCritical;
  return {critical ? ReportAlarm::Severity::kError : ReportAlarm::Severity::kWarning,
          std::string(to_string(alarm.kind)) + ": " + alarm.text};
}

// The few most suspect; suspects.csv lists all.
std::vector<ReportSuspect> shown(const std::vector<LabelSuspect>& suspects, const SampleSet& set,
                                 const LabelColumn& column) {
  constexpr std::size_t kShown = 24;
  std::vector<ReportSuspect> list;
  for (const auto& suspect : std::span(suspects).first(std::min(kShown, suspects.size())))
    list.push_back({set.samples[suspect.sample].look,
                    column.names[static_cast<std::size_t>(suspect.label)] + ", its neighbours say " +
                        column.names[static_cast<std::size_t>(suspect.neighbours_say)]});
  return list;
}

// Between steps a run can stop: what it saved after its last epoch is gone on from.
std::function<void(const StepReport&)> told_to(const Progress& progress) {
  return [&progress](const StepReport& report) {
    progress.update("train", report.step + 1, report.steps, "steps");
    progress.check("stopped; the same command with --resume goes on from the last whole epoch");
  };
}

// Near copies and groups are kept on one side of the split; vectors that are missing are computed.
TrainingData gather_training(Workspace& workspace, const TrainConfig& config, const Progress& progress) {
  const Catalog& catalog = workspace.catalog();
  TrainingData data{.base = workspace.find_model(config.base)};
  check_trainable(config, data.base);
  data.set = load_samples(catalog, keys_of(config), config.train_split, config.val_split);
  if (const auto alarm = leakage_alarm(guard_split(data.set, catalog, config.group, config.threads)))
    data.alarms.push_back(*alarm);

  std::vector<std::optional<Model>> teachers;
  for (const auto& objective : config.objectives)
    teachers.push_back(objective.teacher.empty() ? std::nullopt
                                                 : std::optional(workspace.find_model(objective.teacher)));
  if (needs_features(config)) embed_samples(workspace, data.base, data.set, progress);
  for (const auto& teacher : teachers)
    if (teacher) embed_samples(workspace, *teacher, data.set, progress);
  const auto vectors_by = [&](const Model& model) {
    return catalog.vectors(workspace.generation_of(model.id), looks_of(data.set)).vectors;
  };
  for (const auto& teacher : teachers) data.teachers.push_back(teacher ? vectors_by(*teacher) : Matrix());

  if (needs_features(config)) {
    data.features = vectors_by(data.base);
    const LabelColumn& column = data.set.column(config.select);
    data.suspects = label_suspects(data.features, column, {.threads = config.threads});
    if (const auto alarm = label_noise_alarm(data.suspects, column)) data.alarms.push_back(*alarm);
  }
  if (learns_pca(config)) data.head = pca_head(config, data.set, data.features);
  data.captions = captions_of(config, data.base, data.set);
  data.hash = data_hash(data.set);
  return data;
}

void note_run(const std::filesystem::path& folder, const TrainConfig& config, const TrainingData& data) {
  const std::string text = dump_json({{"program", program_version()},
                                      {"machine", engine_description()},
                                      {"base", data.base.id},
                                      {"started", utc_now()},
                                      {"train", data.set.part(/*validation=*/false).size()},
                                      {"validation", data.set.part(/*validation=*/true).size()},
                                      {"select", config.select},
                                      {"data_sha256", data.hash}},
                                     2) +
                           "\n";
  std::filesystem::create_directories(folder);
  write_file_atomically(folder / "run.json", std::as_bytes(std::span(text)));
}

// Embeds the validation photos as serving will, and compares. Returns the alarm that the comparison gives cause for.
std::optional<Alarm> conclude_training(Workspace& workspace, const std::filesystem::path& folder,
                                       const TrainConfig& config, const TrainingData& data, const TrainOutcome& outcome,
                                       std::vector<Alarm> alarms, const Progress& progress) {
  const LabelColumn& column = data.set.column(config.select);
  write_suspects(folder / "suspects.csv", data.suspects, data.set, column);
  const auto samples = data.set.part(/*validation=*/true);
  LabelledRows rows;
  std::vector<LookKey> wanted;
  for (const std::size_t i : samples) wanted.push_back(data.set.samples[i].look);
  embed_looks(workspace, outcome.best, wanted, progress);
  const Generation generation = workspace.generation_of(outcome.best.id);
  const auto lacking = all_looks_to_embed(workspace.catalog(), generation);
  std::vector<std::size_t> both;  // positions in outcome.validation
  for (std::size_t v = 0; v < samples.size(); ++v) {
    if (std::ranges::binary_search(lacking, wanted[v])) continue;
    rows.labels.push_back(column.labels[samples[v]]);
    rows.ids.push_back(wanted[v]);
    both.push_back(v);
  }
  rows.vectors = workspace.catalog().vectors(generation, rows.ids).vectors;

  std::optional<Alarm> alarm;
  if (outcome.validation.rows() == samples.size()) {
    alarm = serving_alarm(rows_of(outcome.validation, both), rows.vectors);
  }
  if (alarm) {
    alarm->epoch = config.epochs;
    AlarmLog(folder, config.epochs).add(*alarm);
    alarms.push_back(*alarm);
  }
  RunReport report{
      .folder = folder,
      .name = config.name,
      .facts = {{"Model", outcome.best.id},
                {"Trained from", data.base.id},
                {"Data", std::to_string(data.set.samples.size() - samples.size()) + " photos for training, " +
                             std::to_string(rows.ids.size()) + " for validation"},
                {"Data (SHA-256 of ids, crops, labels, split)", data.hash.substr(0, 16)},
                {"Steps", std::to_string(outcome.steps)}},
      .label_key = column.key,
      .labels = column.names,
      .validation = rows,
      .suspects = shown(data.suspects, data.set, column)};
  for (const Alarm& each : alarms) report.alarms.push_back(shown(each));
  write_run_report(workspace, report);
  return alarm;
}

}  // namespace

TrainingReport train_in_workspace(Workspace& workspace, const TrainConfig& config, const std::filesystem::path& folder,
                                  bool resume, const TrainEvents& events, const Progress& progress) {
  const TrainingData data = gather_training(workspace, config, progress);
  std::vector<Alarm> alarms;
  const auto tell = [&](const Alarm& alarm) {
    alarms.push_back(alarm);
    if (events.on_alarm) events.on_alarm(alarm);
  };
  std::ranges::for_each(data.alarms, tell);
  note_run(folder, config, data);
  TrainOutcome outcome = train(config, data.inputs(), folder, resume,
                               {.on_step = told_to(progress), .on_epoch = events.on_epoch, .on_alarm = tell});
  if (const auto alarm = conclude_training(workspace, folder, config, data, outcome, alarms, progress)) tell(*alarm);
  return {std::move(outcome), std::move(alarms), folder / "report.html"};
}

DetectorTrainingReport train_detector_in_workspace(Workspace& workspace, const DetectorTrainConfig& config,
                                                   const std::filesystem::path& folder, bool resume,
                                                   const DetectorTrainEvents& events, const Progress& progress) {
  const auto training = detector_photos(workspace.catalog(), config.train_split, config.origin);
  const auto validation = detector_photos(workspace.catalog(), config.val_split, config.origin);
  const DetectorBase base = find_encoder_or_detector(workspace.home(), config.base);
  return {train_detector(config, base, training, validation, folder, resume,
                         {.on_step = told_to(progress), .on_epoch = events.on_epoch}),
          training.size(), validation.size()};
}

}  // namespace ootd
