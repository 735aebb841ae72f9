// One HTML page that shows what a model makes of labelled pictures, and how it was trained. Nothing is fetched when it
// is opened: charts are SVG, thumbnails lie in the page, there is no script. Some megabytes at most.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ootd/eval/retrieval.h"
#include "ootd/image/decode.h"

namespace ootd {

struct ReportFact {
  std::string name, value;
};

// What one phase of training wrote down.
struct TrainingCurves {
  struct Step {
    double step = 0, loss = 0, learning_rate = 0;
  };
  struct Epoch {
    int epoch = 0;
    double map = 0, recall_at_1 = 0;
  };
  std::string name;  // "head", "all weights"
  std::vector<Step> steps;
  std::vector<Epoch> epochs;  // the best is the one of the highest map, the first of equals
};
// From log.csv and metrics.csv of a run's folder (docs/formats.md); empty where there are none. Throws Error(kInput)
// naming file and line.
TrainingCurves read_curves(const std::filesystem::path& run_folder, const std::string& name);

struct ReportAlarm {
  enum class Severity { kNote, kWarning, kError };
  Severity severity = Severity::kWarning;
  std::string text;
};

// A picture whose label may be wrong, and why.
struct ReportSuspect {
  LookKey id = {};
  std::string text;
};

struct ReportPicture {
  std::string id;  // as the user knows it
  std::filesystem::path file;
  DecodeLimits limits = {};
};

// All text may hold anything; the page shows it as it is.
struct ReportInput {
  std::string title;
  std::vector<ReportFact> facts = {};  // model, data, commit, machine, date ...
  std::string config = {};             // of the run, as a block of text; may be empty
  std::vector<ReportAlarm> alarms = {};
  std::vector<TrainingCurves> curves = {};

  std::string label_key;
  const std::vector<std::string>& labels;  // names of the label numbers
  const LabelledRows& queries;             // looked up in the gallery, which may be the same rows
  const LabelledRows& gallery;
  const Retrieval& retrieval;                     // of these two
  std::function<ReportPicture(LookKey)> picture;  // by LabelledRows::ids; called from one thread
  std::vector<ReportSuspect> suspects = {};
};

// Pictures that cannot be read stand as empty frames. Throws Error(kUnavailable) if the file cannot be written.
// Cost: of retrieval_metrics, twice, and 4 s for the map.
void write_report(const std::filesystem::path& file, const ReportInput& input);
std::string report_html(const ReportInput& input);

}  // namespace ootd
