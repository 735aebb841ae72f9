#include "ootd/workspace/reporting.h"

#include <algorithm>
#include <ctime>

#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/infer/session.h"
#include "ootd/ingest/photo_limits.h"

namespace ootd {
namespace {

ReportPicture picture_of(const Workspace& workspace, const Catalog& catalog, LookKey look) {
  const auto image = catalog.find_image(look);
  return image ? ReportPicture{image->id, workspace.file_of(*image), photo_limits(catalog)}
               : ReportPicture{"look " + to_string(look), ""};
}

// Of the pictures and their labels, a line each.
std::string data_hash(const Catalog& catalog, const ReportInput& input) {
  std::vector<std::string> lines;
  const auto add = [&](const LabelledRows& rows, const char* side) {
    for (std::size_t i = 0; i < rows.ids.size(); ++i) {
      const auto image = catalog.find_image(rows.ids[i]);
      std::string line = side + (image ? image->id : "");
      for (const int label : rows.labels[i]) line += "\t" + input.labels[static_cast<std::size_t>(label)];
      lines.push_back(line);
    }
  };
  add(input.queries, "query ");
  add(input.gallery, "gallery ");
  return hash_of_lines(std::move(lines)).substr(0, 16);
}

void add_common_facts(ReportInput& input) {
  input.facts.push_back({"Program", program_version()});
  input.facts.push_back({"Machine", engine_description()});
  input.facts.push_back({"Date", utc_now()});
}

}  // namespace

std::string hash_of_lines(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return sha256_hex(std::as_bytes(std::span(text)));
}

std::string utc_now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc)};
}

std::string program_version() {
  const std::string commit = OOTD_COMMIT;
  return "ootd " OOTD_VERSION + (commit.empty() ? "" : ", commit " + commit);
}

void write_eval_report(const std::filesystem::path& file, const Workspace& workspace, const Generation& generation,
                       const std::string& label_key, EvalTask& task, const ModelScores& scores) {
  const Catalog& catalog = workspace.catalog();
  Fold& fold = task.folds.front();
  fold.queries.vectors = catalog.vectors(generation, fold.queries.ids).vectors;
  fold.gallery.vectors = catalog.vectors(generation, fold.gallery.ids).vectors;
  ReportInput input{.title = generation.model + " by " + label_key,
                    .facts = {{"Model", generation.model},
                              {"Dimensions", std::to_string(scores.dim)},
                              {"Labels", label_key},
                              {"Who is looked up in what", task.protocol}},
                    .label_key = label_key,
                    .labels = task.labels,
                    .queries = fold.queries,
                    .gallery = fold.gallery,
                    .retrieval = scores.retrieval,
                    .picture = [&](LookKey look) { return picture_of(workspace, catalog, look); }};
  input.facts.push_back({"Data (SHA-256 of ids and labels)", data_hash(catalog, input)});
  add_common_facts(input);
  write_report(file, input);
}

void write_run_report(const Workspace& workspace, const RunReport& run) {
  const Catalog& catalog = workspace.catalog();
  const Retrieval retrieval = retrieval_metrics(run.validation, run.validation);
  ReportInput input{.title = "Training run " + run.name,
                    .facts = run.facts,
                    .config = read_text(run.folder / "config.toml"),
                    .alarms = run.alarms,
                    .label_key = run.label_key,
                    .labels = run.labels,
                    .queries = run.validation,
                    .gallery = run.validation,
                    .retrieval = retrieval,
                    .picture = [&](LookKey look) { return picture_of(workspace, catalog, look); },
                    .suspects = run.suspects};
  const bool two_phases = std::filesystem::exists(run.folder / "head" / "log.csv");
  if (two_phases) input.curves.push_back(read_curves(run.folder / "head", "First phase: the head"));
  input.curves.push_back(read_curves(run.folder, two_phases ? "Second phase: all weights" : ""));
  add_common_facts(input);
  write_report(run.folder / "report.html", input);
}

}  // namespace ootd
