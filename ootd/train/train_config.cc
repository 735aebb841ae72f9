#include "ootd/train/train_config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <set>
#include <sstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/train/loss_config.h"

namespace ootd {
namespace {

template <class E>
struct Word {
  std::string_view text;
  E value;
};
constexpr Word<TrainMode> kModes[] = {
    {"head", TrainMode::kHead}, {"lp-ft", TrainMode::kLpFt}, {"full", TrainMode::kFull}};
constexpr Word<TripletMining> kMinings[] = {{"batch_hard", TripletMining::kBatchHard},
                                            {"semi_hard", TripletMining::kSemiHard}};

// One table of the file. Each field that is read is ticked off; what is left at the end is a field nobody knows.
class Section {
 public:
  Section(const toml::table* table, std::string where) : table_(table), where_(std::move(where)) {}

  // A field that is not there leaves the default.
  template <class T>
  void read(const char* name, T& value) {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<T, bool>) {
      value = get<bool>(*node, name, "true or false");
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(get<std::int64_t>(*node, name, "a whole number"));
    } else if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<T>(get<double>(*node, name, "a number"));
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = get<std::string>(*node, name, "a text in quotes");
    } else {
      const toml::array* list = node->as_array();
      if (list == nullptr) fail(name, "a list of whole numbers");
      value.clear();
      for (const auto& item : *list) value.push_back(static_cast<int>(get<std::int64_t>(item, name, "whole numbers")));
    }
  }
  template <class E, std::size_t N>
  void read_word(const char* name, E& value, const Word<E> (&words)[N]) {
    std::string text;
    read(name, text);
    if (text.empty()) return;
    std::string known;
    for (const auto& word : words) {
      if (word.text == text) {
        value = word.value;
        return;
      }
      known += " " + std::string(word.text);
    }
    throw Error(Kind::kInput, where_ + ": field \"" + name + "\" is \"" + text + "\"; known:" + known);
  }
  Section table(const char* name) {
    const toml::node* node = find(name);
    if (node != nullptr && !node->is_table()) fail(name, "a table");
    return Section(node == nullptr ? nullptr : node->as_table(), where_ + ": [" + name + "]");
  }
  std::vector<Section> tables(const char* name) {
    std::vector<Section> list;
    const toml::node* node = find(name);
    if (node == nullptr) return list;
    if (!node->is_array_of_tables()) fail(name, std::string("written as [[") + name + "]]");
    for (const auto& item : *node->as_array())
      list.emplace_back(item.as_table(), where_ + ": [[" + name + "]] " + std::to_string(list.size() + 1));
    return list;
  }
  void finish() const {
    if (table_ == nullptr) return;
    std::string unknown, known;
    for (const auto& [key, node] : *table_)
      if (!seen_.contains(std::string(key.str()))) unknown += " " + std::string(key.str());
    for (const auto& name : seen_) known += " " + name;
    if (!unknown.empty()) throw Error(Kind::kInput, where_ + ": unknown field" + unknown + "; known:" + known);
  }
  const std::string& where() const { return where_; }

 private:
  const toml::node* find(const char* name) {
    seen_.insert(name);
    return table_ == nullptr ? nullptr : table_->get(name);
  }
  template <class T>
  T get(const toml::node& node, const char* name, const char* wanted) const {
    const auto value = node.value<T>();  // exact, but that a whole number may stand for a real one
    if (!value) fail(name, wanted);
    return *value;
  }
  [[noreturn]] void fail(const char* name, const std::string& wanted) const {
    throw Error(Kind::kInput, where_ + ": field \"" + name + "\" must be " + wanted);
  }

  const toml::table* table_;
  std::string where_;
  std::set<std::string> seen_;
};

void require(bool good, const Section& table, const std::string& what) {
  if (!good) throw Error(Kind::kInput, table.where() + ": " + what);
}

ObjectiveConfig read_objective(Section& table, const std::vector<int>& matryoshka) {
  ObjectiveConfig objective;
  table.read("labels", objective.labels);
  require(!objective.labels.empty(), table, "field \"labels\" is missing: a label key, \"@self\" or \"@base\"");
  std::string loss = objective.labels == ObjectiveConfig::kSelf ? "infonce" : "supcon";
  table.read("loss", loss);
  LossConfig& c = objective.loss = default_loss(parse_loss(loss));
  table.read("weight", objective.weight);
  table.read("temperature", c.temperature);
  table.read("margin", c.margin);
  table.read_word("mining", c.mining, kMinings);
  table.read("ms_alpha", c.ms_alpha);
  table.read("ms_beta", c.ms_beta);
  table.read("ms_base", c.ms_base);
  table.read("ms_epsilon", c.ms_epsilon);
  table.read("proxy_alpha", c.proxy_alpha);
  table.read("arc_scale", c.arc_scale);
  table.read("sub_centers", c.sub_centers);
  table.finish();
  require(objective.weight > 0, table, "field \"weight\" must be positive");
  require(c.temperature > 0, table, "field \"temperature\" must be positive");
  c.matryoshka = matryoshka;
  return objective;
}

}  // namespace

TrainConfig parse_train_config(const std::string& text, const std::string& where) {
  toml::table parsed;
  try {
    parsed = toml::parse(text);
  } catch (const toml::parse_error& problem) {
    throw Error(Kind::kInput,
                where + ":" + std::to_string(problem.source().begin.line) + ": " + std::string(problem.description()));
  }
  TrainConfig c;
  Section root(&parsed, where);
  root.read("name", c.name);
  root.read("base", c.base);
  root.read("seed", c.seed);
  root.read_word("mode", c.mode, kModes);
  root.read("matryoshka", c.matryoshka);
  root.read("threads", c.threads);

  Section head = root.table("head");
  head.read("dim", c.head.dim);
  head.read("bias", c.head.bias);
  head.read("hidden", c.head.hidden);
  head.read("normalize_input", c.head.normalize_input);
  head.read("pca_init", c.pca_init);
  head.finish();

  Section data = root.table("data");
  data.read("train", c.train_split);
  data.read("val", c.val_split);
  data.read("select", c.select);
  data.read("labels_per_batch", c.labels_per_batch);
  data.read("images_per_label", c.images_per_label);
  data.finish();

  Section optimizer = root.table("optimizer");
  optimizer.read("epochs", c.epochs);
  optimizer.read("head_epochs", c.head_epochs);
  optimizer.read("lr", c.lr);
  optimizer.read("head_lr", c.head_lr);
  optimizer.read("bottom_lr", c.bottom_lr);
  optimizer.read("weight_decay", c.weight_decay);
  optimizer.read("warmup", c.warmup);
  optimizer.read("clip_norm", c.clip_norm);
  optimizer.read("accumulate", c.accumulate);
  optimizer.read("ema", c.ema);
  optimizer.read("drift", c.drift);
  optimizer.read("wise", c.wise);
  optimizer.read("drop_path", c.drop_path);
  optimizer.read("memory", c.memory);
  optimizer.finish();

  Section augment = root.table("augment");
  augment.read("min_area", c.augment.min_area);
  augment.read("max_aspect", c.augment.max_aspect);
  augment.read("flip", c.augment.flip);
  augment.read("jitter", c.augment.jitter);
  augment.read("erase", c.augment.erase);
  augment.read("background", c.augment.background);
  augment.finish();

  for (Section& objective : root.tables("objective")) c.objectives.push_back(read_objective(objective, c.matryoshka));
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

std::string to_toml(const TrainConfig& c) {
  const auto word = [](auto value, const auto& words) {
    for (const auto& w : words)
      if (w.value == value) return std::string(w.text);
    throw Error(Kind::kInternal, "enumerator without a word");
  };
  const auto list = [](const std::vector<int>& values) {
    toml::array array;
    for (const int value : values) array.push_back(value);
    return array;
  };
  // float prints as the nearest double otherwise: 0.1f as 0.10000000149
  const auto number = [](float value) {
    std::ostringstream text;
    text << value;
    return std::stod(text.str());
  };
  toml::array objectives;
  for (const auto& o : c.objectives)
    objectives.push_back(toml::table{{"labels", o.labels},
                                     {"loss", std::string(to_string(o.loss.kind))},
                                     {"weight", number(o.weight)},
                                     {"temperature", number(o.loss.temperature)},
                                     {"margin", number(o.loss.margin)},
                                     {"mining", word(o.loss.mining, kMinings)},
                                     {"ms_alpha", number(o.loss.ms_alpha)},
                                     {"ms_beta", number(o.loss.ms_beta)},
                                     {"ms_base", number(o.loss.ms_base)},
                                     {"ms_epsilon", number(o.loss.ms_epsilon)},
                                     {"proxy_alpha", number(o.loss.proxy_alpha)},
                                     {"arc_scale", number(o.loss.arc_scale)},
                                     {"sub_centers", o.loss.sub_centers}});
  const toml::table root{{"name", c.name},
                         {"base", c.base},
                         {"seed", static_cast<std::int64_t>(c.seed)},
                         {"mode", word(c.mode, kModes)},
                         {"matryoshka", list(c.matryoshka)},
                         {"threads", c.threads},
                         {"head", toml::table{{"dim", c.head.dim},
                                              {"bias", c.head.bias},
                                              {"hidden", c.head.hidden},
                                              {"normalize_input", c.head.normalize_input},
                                              {"pca_init", c.pca_init}}},
                         {"data", toml::table{{"train", c.train_split},
                                              {"val", c.val_split},
                                              {"select", c.select},
                                              {"labels_per_batch", c.labels_per_batch},
                                              {"images_per_label", c.images_per_label}}},
                         {"optimizer", toml::table{{"epochs", c.epochs},
                                                   {"head_epochs", c.head_epochs},
                                                   {"lr", c.lr},
                                                   {"head_lr", c.head_lr},
                                                   {"bottom_lr", c.bottom_lr},
                                                   {"weight_decay", c.weight_decay},
                                                   {"warmup", c.warmup},
                                                   {"clip_norm", c.clip_norm},
                                                   {"accumulate", c.accumulate},
                                                   {"ema", c.ema},
                                                   {"drift", c.drift},
                                                   {"wise", c.wise},
                                                   {"drop_path", c.drop_path},
                                                   {"memory", c.memory}}},
                         {"augment", toml::table{{"min_area", number(c.augment.min_area)},
                                                 {"max_aspect", number(c.augment.max_aspect)},
                                                 {"flip", number(c.augment.flip)},
                                                 {"jitter", number(c.augment.jitter)},
                                                 {"erase", number(c.augment.erase)},
                                                 {"background", number(c.augment.background)}}},
                         {"objective", objectives}};
  std::ostringstream text;
  text << root << "\n";
  return text.str();
}

}  // namespace ootd
