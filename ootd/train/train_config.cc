#include "ootd/train/train_config.h"

#include <algorithm>
#include <sstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/toml.h"
#include "ootd/base/words.h"
#include "ootd/train/loss_config.h"

namespace ootd {
namespace {

constexpr Word<TrainMode> kModes[] = {
    {"head", TrainMode::kHead}, {"lp-ft", TrainMode::kLpFt}, {"full", TrainMode::kFull}};
constexpr Word<TrainDevice> kDevices[] = {
    {"auto", TrainDevice::kAuto}, {"cpu", TrainDevice::kCpu}, {"cuda", TrainDevice::kCuda}};
constexpr Word<TrainPrecision> kPrecisions[] = {{"f32", TrainPrecision::kF32}, {"bf16", TrainPrecision::kBf16}};
constexpr Word<TripletMining> kMinings[] = {{"batch_hard", TripletMining::kBatchHard},
                                            {"semi_hard", TripletMining::kSemiHard}};

// The fields of a run and of an objective, once for both directions. IO: TableReader with a configuration to fill, or
// TableWriter with one that is const.
template <class IO, class Config>
void visit_run(IO& root, Config& c) {
  root.field("name", c.name);
  root.field("base", c.base);
  root.field("seed", c.seed);
  root.word("mode", c.mode, kModes);
  root.field("matryoshka", c.matryoshka);
  root.field("threads", c.threads);
  root.word("device", c.device, kDevices);
  root.word("precision", c.precision, kPrecisions);
  root.field("half", c.half);

  auto head = root.table("head");
  head.field("dim", c.head.dim);
  head.field("bias", c.head.bias);
  head.field("hidden", c.head.hidden);
  head.field("normalize_input", c.head.normalize_input);
  head.field("pca_init", c.pca_init);
  head.finish();

  auto data = root.table("data");
  data.field("train", c.train_split);
  data.field("val", c.val_split);
  data.field("group", c.group);
  data.field("select", c.select);
  data.field("labels_per_batch", c.labels_per_batch);
  data.field("images_per_label", c.images_per_label);
  data.finish();

  auto optimizer = root.table("optimizer");
  optimizer.field("epochs", c.epochs);
  optimizer.field("head_epochs", c.head_epochs);
  optimizer.field("lr", c.lr);
  optimizer.field("head_lr", c.head_lr);
  optimizer.field("bottom_lr", c.bottom_lr);
  optimizer.field("weight_decay", c.weight_decay);
  optimizer.field("warmup", c.warmup);
  optimizer.field("clip_norm", c.clip_norm);
  optimizer.field("accumulate", c.accumulate);
  optimizer.field("ema", c.ema);
  optimizer.field("drift", c.drift);
  optimizer.field("wise", c.wise);
  optimizer.field("drop_path", c.drop_path);
  optimizer.field("memory", c.memory);
  optimizer.field("train_from", c.train_from);
  optimizer.field("freeze_norm", c.freeze_norm);
  optimizer.finish();

  auto augment = root.table("augment");
  augment.field("min_area", c.augment.min_area);
  augment.field("max_aspect", c.augment.max_aspect);
  augment.field("flip", c.augment.flip);
  augment.field("jitter", c.augment.jitter);
  augment.field("erase", c.augment.erase);
  augment.field("background", c.augment.background);
  augment.field("person", c.augment.person);
  augment.finish();
}

// All but `labels` and `loss`, which decide the defaults of these.
template <class IO, class Config>
void visit_objective(IO& table, Config& objective) {
  auto& c = objective.loss;
  table.field("weight", objective.weight);
  table.field("within", objective.within);
  table.field("teacher", objective.teacher);
  table.field("captions", objective.captions);
  table.field("temperature", c.temperature);
  table.field("margin", c.margin);
  table.word("mining", c.mining, kMinings);
  table.field("ms_alpha", c.ms_alpha);
  table.field("ms_beta", c.ms_beta);
  table.field("ms_base", c.ms_base);
  table.field("ms_epsilon", c.ms_epsilon);
  table.field("proxy_alpha", c.proxy_alpha);
  table.field("arc_scale", c.arc_scale);
  table.field("sub_centers", c.sub_centers);
}

ObjectiveConfig read_objective(TableReader& table, const std::vector<int>& matryoshka) {
  ObjectiveConfig objective;
  table.field("labels", objective.labels);
  require(!objective.labels.empty(), table, "field \"labels\" is missing: a label key, \"@self\" or \"@base\"");
  std::string loss = objective.labels == ObjectiveConfig::kSelf ? "infonce" : "supcon";
  table.field("loss", loss);
  objective.loss = default_loss(parse_loss(loss));
  if (objective.labels == ObjectiveConfig::kBase) objective.loss.temperature = kRelationTemperature;
  visit_objective(table, objective);
  table.finish();
  require(objective.weight > 0, table, "field \"weight\" must be positive");
  require((objective.within.empty() && objective.teacher.empty()) || objective.labels == ObjectiveConfig::kBase, table,
          "fields \"within\" and \"teacher\" go with labels = \"@base\" only");
  if (!objective.captions.empty()) {
    require(!objective.labels.starts_with('@'), table, "field \"captions\" goes with a label key");
    require(objective.captions.find("{}") != std::string::npos, table,
            "field \"captions\" must hold {} where the label's value goes, such as \"a {} outfit\"");
    require(objective.loss.kind == LossKind::kSigmoid || objective.loss.kind == LossKind::kInfoNce, table,
            "field \"captions\" goes with loss = \"sigmoid\" (SigLIP) or \"infonce\" (CLIP)");
  }
  require(objective.loss.temperature > 0, table, "field \"temperature\" must be positive");
  objective.loss.matryoshka = matryoshka;
  return objective;
}

}  // namespace

TrainConfig parse_train_config(const std::string& text, const std::string& where) {
  const toml::table parsed = parse_toml(text, where);
  TrainConfig c;
  TableReader root(&parsed, where);
  visit_run(root, c);
  for (TableReader& objective : root.tables("objective"))
    c.objectives.push_back(read_objective(objective, c.matryoshka));
  root.finish();

  require(!c.objectives.empty(), root, "nothing to learn: add an [[objective]] with labels = \"style\"");
  require(c.head.dim >= 2, root, "[head] dim must be at least 2");
  require(c.epochs >= 1 && c.accumulate >= 1, root, "[optimizer] epochs and accumulate must be at least 1");
  require(c.labels_per_batch >= 2 && c.images_per_label >= 2, root,
          "[data] labels_per_batch and images_per_label must be at least 2: a loss needs both alike and different");
  require(c.lr > 0 && c.head_lr > 0 && c.bottom_lr > 0 && c.bottom_lr <= 1, root,
          "[optimizer] rates must be positive, bottom_lr in (0, 1]");
  require(c.ema >= 0 && c.ema < 1 && c.wise >= 0 && c.wise < 1, root, "[optimizer] ema and wise must lie in [0, 1)");
  require(c.augment.min_area > 0 && c.augment.min_area <= 1 && c.augment.max_aspect >= 1, root,
          "[augment] min_area must lie in (0, 1], max_aspect must be at least 1");
  for (const int prefix : c.matryoshka)
    require(prefix >= 2 && prefix < c.head.dim, root, "matryoshka must hold numbers from 2 to below [head] dim");
  if (c.select.empty())
    for (const auto& objective : c.objectives)
      if (!objective.labels.starts_with('@') && c.select.empty()) c.select = objective.labels;
  require(!c.select.empty(), root, "[data] select must name a label key, since no objective does");
  return c;
}

TrainConfig read_train_config(const std::filesystem::path& file) {
  return parse_train_config(read_text(file, 1 << 20), file.string());
}

std::string to_toml(const TrainConfig& config) {
  TableWriter root;
  visit_run(root, config);
  toml::array objectives;
  for (const auto& objective : config.objectives) {
    TableWriter table;
    table.field("labels", objective.labels);
    table.field("loss", std::string(to_string(objective.loss.kind)));
    visit_objective(table, objective);
    objectives.push_back(table.result());
  }
  root.result().insert("objective", std::move(objectives));
  std::ostringstream text;
  text << root.result() << "\n";
  return text.str();
}

}  // namespace ootd
