#include "ootd/cli/eval_report.h"

#include <iomanip>
#include <sstream>

namespace ootd {
namespace {

Json interval_json(const Interval& interval) { return {interval.low, interval.high}; }

Json estimates_json(const Estimates& estimates) {
  Json json = Json::object();
  for (std::size_t m = 0; m < kMetricCount; ++m) {
    const std::string name(kMetricNames[m]);
    json[name] = estimates[m].value;
    json[name + "_ci"] = interval_json(estimates[m].interval);
  }
  return json;
}

constexpr int kNameWidth = 18;

// "precision_at_10     .7097 [ .6700,  .7512]"; nothing for what is null.
void write_row(std::ostream& out, const Json& scores, const std::string& name) {
  if (!scores.contains(name) || scores.at(name).is_null()) return;
  out << std::left << std::setw(kNameWidth) << name << std::right << std::setw(8) << scores.at(name).get<double>();
  if (const auto ci = scores.find(name + "_ci"); ci != scores.end())
    out << "  [" << std::setw(7) << (*ci)[0].get<double>() << ", " << std::setw(7) << (*ci)[1].get<double>() << "]";
  if (scores.contains("macro") && scores.at("macro").contains(name))
    out << "  " << std::setw(8) << scores.at("macro").at(name).get<double>();
  out << "\n";
}

}  // namespace

Json scores_json(const std::string& model, const ModelScores& scores, const EvalTask& task,
                 const BootstrapOptions& options) {
  const RetrievalSummary summary = summarize(scores.retrieval, scores.labels, options);
  Json json = estimates_json(summary.all);
  json["silhouette"] = scores.silhouette ? Json(scores.silhouette->value) : Json();
  if (scores.silhouette) json["silhouette_ci"] = interval_json(scores.silhouette->interval);
  json["ami"] = scores.ami ? Json(*scores.ami) : Json();
  json["macro"] = estimates_json(summary.macro);
  json["per_label"] = Json::object();
  for (const LabelSummary& label : summary.labels) {
    Json row = estimates_json(label.metrics);
    row["n"] = label.queries;
    json["per_label"][task.labels[static_cast<std::size_t>(label.label)]] = std::move(row);
  }
  json["clustered"] = scores.clustered;
  json["n"] = scores.retrieval.queries.size();
  json["left_out"] = scores.retrieval.left_out;
  json["model"] = model;
  json["dim"] = scores.dim;
  return json;
}

Json difference_json(const ModelScores& a, const ModelScores& b, const BootstrapOptions& options) {
  Json json = estimates_json(paired_difference(a.retrieval, b.retrieval, options));
  json.erase("chance_precision");  // the same for both
  json.erase("chance_precision_ci");
  return json;
}

std::string scores_text(const Json& scores, bool per_label) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(4) << std::left << std::setw(kNameWidth) << "" << "   value   95 % interval ";
  if (scores.contains("macro")) out << "        macro";
  out << "\n";
  for (const auto name : kMetricNames) write_row(out, scores, std::string(name));
  write_row(out, scores, "silhouette");
  write_row(out, scores, "ami");
  if (!per_label) return out.str();
  out << "\nlabel                    n     R@1    P@10     mAP  chance\n";
  for (const auto& [label, row] : scores.at("per_label").items()) {
    out << std::left << std::setw(kNameWidth) << label << std::right << std::setw(8) << row.at("n").get<int>();
    for (const char* name : {"recall_at_1", "precision_at_10", "map", "chance_precision"})
      out << std::setw(8) << row.at(name).get<double>();
    out << "\n";
  }
  return out.str();
}

}  // namespace ootd
