// The pages that `ootd eval --report` and `ootd train` leave: ootd/report's, with the workspace's photos and what the
// program knows of itself and the machine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ootd/report/report.h"
#include "ootd/workspace/evaluation.h"

namespace ootd {

// task: with a single fold, as it was scored; its vectors are filled in again.
void write_eval_report(const std::filesystem::path& file, const Workspace& workspace, const Generation& generation,
                       const std::string& label_key, EvalTask& task, const ModelScores& scores);

std::string utc_now();          // "2026-11-24 13:55 UTC"
std::string program_version();  // "ootd 0.1.0, commit 1a2b3c4"; without the commit if it was built from no repository

// SHA-256 over the lines in their order by bytes: equal for equal data, in whatever order it was imported.
std::string hash_of_lines(std::vector<std::string> lines);

// A finished run: its validation pictures, each against all others.
struct RunReport {
  std::filesystem::path folder;   // report.html goes there; config.toml, log.csv and metrics.csv are read from there
  std::string name;               // of the run
  std::vector<ReportFact> facts;  // besides those of every report
  std::string label_key;
  const std::vector<std::string>& labels;  // names of the label numbers
  const LabelledRows& validation;          // ids are keys of the catalog
  std::vector<ReportAlarm> alarms = {};
  std::vector<ReportSuspect> suspects = {};
};
void write_run_report(const Workspace& workspace, const RunReport& run);

}  // namespace ootd
