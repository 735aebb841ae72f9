#include "ootd/workspace/evaluation.h"

#include <algorithm>
#include <map>
#include <set>

#include "ootd/base/error.h"
#include "ootd/eval/clustering.h"

namespace ootd {
namespace {

// The values of one label key as numbers, by row.
struct Column {
  std::map<Row, LabelSet> of;
  std::vector<std::string> names;

  // Rows without a value are those that are none of them: one class of its own (number -1).
  LabelSet or_none(Row row) const {
    const auto found = of.find(row);
    return found == of.end() ? LabelSet{-1} : found->second;
  }
};

Column number_values(const std::vector<std::pair<Row, std::string>>& values) {
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

Column source_folders(const Catalog& catalog, const Bitmap& rows) {
  std::vector<std::pair<Row, std::string>> folders;
  rows.for_each([&](Row row) {
    if (const auto image = catalog.find_image(row))
      folders.emplace_back(row, image->source.substr(0, image->source.find_last_of('/')));
  });
  return number_values(folders);
}

class Gathering {
 public:
  Gathering(const Catalog& catalog, const EvalRequest& request, const std::vector<std::string>& models)
      : request_(request), labels_(read_column(catalog, request.key)) {
    for (const auto& [row, values] : labels_.of) usable_.add(row);
    for (const std::string& model : models)
      for (const Row row : rows_without_vector(catalog, model)) usable_.remove(row);
    if (!request.within.empty()) within_ = read_column(catalog, request.within);
    if (!request.group_key.empty())
      sources_ = read_column(catalog, request.group_key);
    else if (request.exclude_same_source)
      sources_ = source_folders(catalog, usable_);
    query_rows_ = gallery_rows_ = usable_;
    const Bitmap split = catalog.rows_with_label(kSplitKey, request.split);
    has_split_ = split.count() > 0;
    if (has_split_) {
      query_rows_ &= split;
      gallery_rows_ &= catalog.rows_with_label(kSplitKey, request.gallery);
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
    task.gallery_size = gallery_rows_.count();
    task.protocol = has_split_ ? request_.split + " against " + request_.gallery
                               : "every image against all others (no image has split=" + request_.split + ")";
  }

  void add_unseen(EvalTask& task) {
    Bitmap all_queries, all_gallery = gallery_rows_;
    for (const int label : unseen_labels()) {
      Bitmap queries;
      usable_.for_each([&](Row row) {
        if (std::ranges::binary_search(labels_.of.at(row), label)) queries.add(row);
      });
      if (queries.count() == 0) continue;
      Bitmap gallery = gallery_rows_;
      gallery |= queries;
      task.folds.push_back({side(queries), side(gallery)});
      // What counts is whether the label finds itself, not the other labels of the image.
      for (LabelSet& set : task.folds.back().queries.labels) set = {label};
      all_queries |= queries;
      all_gallery |= queries;
    }
    task.clustered = side(all_queries);
    task.gallery_size = all_gallery.count();
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

  LabelledRows side(const Bitmap& rows) const {
    LabelledRows side;
    rows.for_each([&](Row row) {
      side.ids.push_back(row);
      side.labels.push_back(labels_.of.at(row));
      if (within_) side.within.push_back(within_->or_none(row));
      // An image of unknown source shares it with none.
      if (sources_) side.sources.push_back(sources_->of.contains(row) ? sources_->of.at(row) : LabelSet{});
    });
    return side;
  }

  const EvalRequest& request_;
  Column labels_;
  std::optional<Column> within_, sources_;
  Bitmap usable_, query_rows_, gallery_rows_;
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

EvalTask gather_task(const Catalog& catalog, const EvalRequest& request, const std::vector<std::string>& models) {
  return Gathering(catalog, request, models).run();
}

ModelScores score_model(const Catalog& catalog, const std::string& model, EvalTask& task,
                        const BootstrapOptions& options) {
  ModelScores scores;
  for (Fold& fold : task.folds) {
    fold.queries.vectors = catalog.embeddings(model, fold.queries.ids);
    fold.gallery.vectors = catalog.embeddings(model, fold.gallery.ids);
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
  task.clustered.vectors = catalog.embeddings(model, task.clustered.ids);
  scores.dim = task.clustered.vectors.cols();
  measure_clusters(task.clustered, options, scores);
  return scores;
}

}  // namespace ootd
