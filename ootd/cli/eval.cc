#include <algorithm>
#include <map>

#include "ootd/base/error.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"
#include "ootd/eval/retrieval.h"

namespace ootd {
namespace {

struct EvalFlags {
  std::string split = "test", gallery = "train", model, key = kStyleKey;
};

using LabelsByRow = std::map<Row, std::vector<int>>;

LabelsByRow labels_by_row(const Catalog& catalog, const std::string& key) {
  std::map<std::string, int> numbers;
  LabelsByRow labels;
  for (const auto& [row, value] : catalog.labels_of(key))
    labels[row].push_back(numbers.emplace(value, static_cast<int>(numbers.size())).first->second);
  if (labels.empty()) {
    std::string known;
    for (const auto& name : catalog.label_key_names()) known += " " + name;
    throw Error(Kind::kNotFound, "no image has a label \"" + key + "\"; known label keys:" + known);
  }
  for (auto& [row, values] : labels) std::sort(values.begin(), values.end());
  return labels;
}

LabelledRows gather(const Catalog& catalog, const std::string& model, const LabelsByRow& labels, const Bitmap* only) {
  LabelledRows rows;
  Bitmap without;
  for (const Row row : rows_without_vector(catalog, model)) without.add(row);
  for (const auto& [row, values] : labels) {
    if ((only != nullptr && !only->contains(row)) || without.contains(row)) continue;
    rows.ids.push_back(row);
    rows.labels.push_back(values);
  }
  rows.vectors = catalog.embeddings(model, rows.ids);
  return rows;
}

void run_eval(Globals& globals, const EvalFlags& flags) {
  Workspace workspace(globals.home);
  const Catalog& catalog = workspace.catalog();
  const std::string model = flags.model.empty() ? workspace.need_model_id() : workspace.find_model(flags.model).id;
  const LabelsByRow labels = labels_by_row(catalog, flags.key);
  const Bitmap query_rows = catalog.rows_with_label(kSplitKey, flags.split);
  const bool has_split = query_rows.count() > 0;
  LabelledRows queries, gallery;
  std::string protocol;
  if (has_split) {
    const Bitmap gallery_rows = catalog.rows_with_label(kSplitKey, flags.gallery);
    queries = gather(catalog, model, labels, &query_rows);
    gallery = gather(catalog, model, labels, &gallery_rows);
    protocol = flags.split + " against " + flags.gallery;
  } else {
    queries = gallery = gather(catalog, model, labels, nullptr);
    protocol = "every image against all others (no image has split=" + flags.split + ")";
  }
  const RetrievalMetrics m = retrieval_metrics(queries, gallery);
  const double shape = silhouette(queries);
  char text[400];
  std::snprintf(text, sizeof text,
                "R@1 %.4f  R@5 %.4f  R@10 %.4f  P@10 %.4f  mAP %.4f  MRR %.4f  silhouette %.4f\n"
                "n = %lld queries, %zu in the gallery, dim %zu",
                m.recall_at_1, m.recall_at_5, m.recall_at_10, m.precision_at_10, m.map, m.mrr, shape,
                static_cast<long long>(m.queries), gallery.ids.size(), gallery.vectors.cols());
  globals.print({{"recall_at_1", m.recall_at_1},
                 {"recall_at_5", m.recall_at_5},
                 {"recall_at_10", m.recall_at_10},
                 {"precision_at_10", m.precision_at_10},
                 {"map", m.map},
                 {"mrr", m.mrr},
                 {"silhouette", shape},
                 {"n", m.queries},
                 {"left_out", m.left_out},
                 {"gallery", gallery.ids.size()},
                 {"dim", gallery.vectors.cols()},
                 {"model", model},
                 {"labels", flags.key},
                 {"protocol", protocol}},
                text + (", " + model + ", by " + flags.key + ", " + protocol));
}

}  // namespace

void add_eval(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("eval", "How well nearest neighbours share a label");
  auto flags = std::make_shared<EvalFlags>();
  verb->add_option("--split", flags->split, "Queries: images with this split label")->capture_default_str();
  verb->add_option("--gallery", flags->gallery, "What they are looked up in: images with this split label")
      ->capture_default_str();
  verb->add_option("--model", flags->model, "A model whose vectors are stored (default: the model in use)");
  verb->add_option("--labels", flags->key, "The label key that counts as relevant")->capture_default_str();
  verb->callback([&globals, flags] { run_eval(globals, *flags); });
}

}  // namespace ootd
