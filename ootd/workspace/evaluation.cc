#include "ootd/workspace/evaluation.h"

#include <algorithm>
#include <map>
#include <set>

#include "ootd/base/error.h"
#include "ootd/eval/clustering.h"

namespace ootd {
namespace {

using Keys = std::set<LookKey>;

// The values of one label key as numbers, by look.
struct Column {
  std::map<LookKey, LabelSet> of;
  std::vector<std::string> names;

  // Rows without a value are those that are none of them: one class of its own (number -1).
  LabelSet or_none(LookKey row) const {
    const auto found = of.find(row);
    return found == of.end() ? LabelSet{-1} : found->second;
  }
};

Column number_values(const std::vector<std::pair<LookKey, std::string>>& values) {
  std::map<std::string, int> numbers;  // by name: the numbers do not depend on the order of rows
  for (const auto& [row, value] : values) numbers.emplace(value, 0);
  Column column;
  for (auto& [name, number] : numbers) {
    number = static_cast<int>(column.names.size());
    column.names.push_back(name);
  }
  for (const auto& [row, value] : values) column.of[row].push_back(numbers.at(value));
  for (auto& [row, set] : column.of) std::ranges::sort(set);
  return column;
}

Column read_column(const Catalog& catalog, const std::string& key) {
  Column column = number_values(catalog.labels_of(key));
  if (column.of.empty()) {
    std::string known;
    for (const auto& name : catalog.label_key_names()) known += " " + name;
    throw Error(Kind::kNotFound, "no image has a label \"" + key + "\"; known label keys:" + known);
  }
  return column;
}

Column source_folders(const Catalog& catalog, const Keys& rows) {
  std::vector<std::pair<LookKey, std::string>> folders;
  for (const LookKey row : rows)
    if (const auto image = catalog.find_image(row))
      folders.emplace_back(row, image->source.substr(0, image->source.find_last_of('/')));
  return number_values(folders);
}

class Gathering {
 public:
  Gathering(const Catalog& catalog, const EvalRequest& request, const std::vector<Generation>& generations)
      : request_(request), labels_(read_column(catalog, request.key)) {
    for (const auto& [row, values] : labels_.of) usable_.insert(row);
    for (const Generation& generation : generations)
      for (const LookKey row : all_looks_to_embed(catalog, generation)) usable_.erase(row);
    if (!request.within.empty()) within_ = read_column(catalog, request.within);
    if (!request.group_key.empty())
      sources_ = read_column(catalog, request.group_key);
    else if (request.exclude_same_source)
      sources_ = source_folders(catalog, usable_);
    query_rows_ = gallery_rows_ = usable_;
    const auto splits = catalog.labels_of(kSplitKey);
    has_split_ = std::ranges::find(splits, request.split, &std::pair<LookKey, std::string>::second) != splits.end();
    if (has_split_) {
      const auto keep = [&](Keys& rows, const std::string& split) {
        Keys of_split;
        for (const auto& [row, value] : splits)
          if (value == split) of_split.insert(row);
        std::erase_if(rows, [&](LookKey row) { return !of_split.contains(row); });
      };
      keep(query_rows_, request.split);
      keep(gallery_rows_, request.gallery);
    }
  }

  EvalTask run() {
    EvalTask task;
    if (request_.leave_one_out || !request_.unseen.empty())
      add_unseen(task);
    else
      add_splits(task);
    if (within_) task.protocol += ", within " + request_.within;
    if (sources_)
      task.protocol += ", never of the same " + (request_.group_key.empty() ? "folder" : request_.group_key);
    task.labels = std::move(labels_.names);
    return task;
  }

 private:
  void add_splits(EvalTask& task) {
    task.folds.push_back({side(query_rows_), side(gallery_rows_)});
    task.clustered = side(query_rows_);
    task.gallery_size = gallery_rows_.size();
    task.protocol = has_split_ ? request_.split + " against " + request_.gallery
                               : "every image against all others (no image has split=" + request_.split + ")";
  }

  void add_unseen(EvalTask& task) {
    Keys all_queries, all_gallery = gallery_rows_;
    for (const int label : unseen_labels()) {
      Keys queries;
      for (const LookKey row : usable_)
        if (std::ranges::binary_search(labels_.of.at(row), label)) queries.insert(row);
      if (queries.empty()) continue;
      Keys gallery = gallery_rows_;
      gallery.insert(queries.begin(), queries.end());
      task.folds.push_back({side(queries), side(gallery)});
      // What counts is whether the label finds itself, not the other labels of the image.
      for (LabelSet& set : task.folds.back().queries.labels) set = {label};
      all_queries.insert(queries.begin(), queries.end());
      all_gallery.insert(queries.begin(), queries.end());
    }
    task.clustered = side(all_queries);
    task.gallery_size = all_gallery.size();
    task.protocol = "all images of each unseen label against " +
                    (has_split_ ? request_.gallery + " and the label's others" : "all others");
  }

  std::set<int> unseen_labels() const {
    std::set<int> chosen;
    for (const std::string& name : request_.unseen) {
      const auto found = std::ranges::find(labels_.names, name);
      if (found == labels_.names.end())
        throw Error(Kind::kNotFound, "no image has the label " + request_.key + "=" + name);
      chosen.insert(static_cast<int>(found - labels_.names.begin()));
    }
    if (request_.leave_one_out)
      for (std::size_t label = 0; label < labels_.names.size(); ++label) chosen.insert(static_cast<int>(label));
    return chosen;
  }

  LabelledRows side(const Keys& rows) const {
    LabelledRows side;
    for (const LookKey row : rows) {
      side.ids.push_back(row);
      side.labels.push_back(labels_.of.at(row));
      if (within_) side.within.push_back(within_->or_none(row));
      // An image of unknown source shares it with none.
      if (sources_) side.sources.push_back(sources_->of.contains(row) ? sources_->of.at(row) : LabelSet{});
    }
    return side;
  }

  const EvalRequest& request_;
  Column labels_;
  std::optional<Column> within_, sources_;
  Keys usable_, query_rows_, gallery_rows_;
  bool has_split_ = false;
};

void measure_clusters(const LabelledRows& rows, const BootstrapOptions& options, ModelScores& scores) {
  const SingleLabelRows single = single_label_rows(rows);
  scores.clustered = single.labels.size();
  if (single.label_count < 2) return;
  scores.silhouette = estimate_mean(silhouettes(single), options);
  const KMeans means = k_means(single.vectors, {.clusters = single.label_count});
  scores.ami = adjusted_mutual_information(single.labels, means.clusters);
}

}  // namespace

EvalTask gather_task(const Catalog& catalog, const EvalRequest& request, const std::vector<Generation>& generations) {
  return Gathering(catalog, request, generations).run();
}

ModelScores score_model(const Catalog& catalog, const Generation& generation, EvalTask& task,
                        const BootstrapOptions& options) {
  ModelScores scores;
  for (Fold& fold : task.folds) {
    fold.queries.vectors = catalog.vectors(generation, fold.queries.ids).vectors;
    fold.gallery.vectors = catalog.vectors(generation, fold.gallery.ids).vectors;
    Retrieval retrieval = retrieval_metrics(fold.queries, fold.gallery);
    for (QueryMetrics& query : retrieval.queries) {
      query.query += scores.labels.size();
      scores.retrieval.queries.push_back(query);
    }
    scores.retrieval.left_out += retrieval.left_out;
    scores.labels.insert(scores.labels.end(), fold.queries.labels.begin(), fold.queries.labels.end());
    fold.queries.vectors = fold.gallery.vectors = {};  // one fold's vectors at a time
  }
  if (scores.retrieval.queries.empty())
    throw Error(Kind::kInput, "none of " + std::to_string(scores.labels.size()) +
                                  " queries has an image of the same label to find (" + task.protocol + ")");
  task.clustered.vectors = catalog.vectors(generation, task.clustered.ids).vectors;
  scores.dim = task.clustered.vectors.cols();
  measure_clusters(task.clustered, options, scores);
  return scores;
}

}  // namespace ootd
