#include "ootd/base/error.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/ingest/label_check.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct DoctorLabelsFlags {
  std::string key = "style";
  std::size_t show = 5;
  LabelCheckOptions options;
};

std::string text_of(const LabelCheck& check, const std::string& key, std::size_t show) {
  std::string text = std::to_string(check.images) + " photos, " + std::to_string(check.unlabelled) + " without " + key;
  for (const auto& [value, count] : check.counts) text += "\n  " + std::to_string(count) + "  " + value;
  for (auto finding = check.findings.begin(); finding != check.findings.end();) {
    const auto end = std::find_if(finding, check.findings.end(),
                                  [&](const LabelFinding& other) { return other.fault != finding->fault; });
    const auto count = static_cast<std::size_t>(end - finding);
    text += "\n" + std::string(to_string(finding->fault)) + ": " + std::to_string(count);
    for (std::size_t i = 0; i < std::min(count, show); ++i)
      text += "\n  " + (finding + static_cast<std::ptrdiff_t>(i))->id + "  " +
              (finding + static_cast<std::ptrdiff_t>(i))->reason;
    if (count > show) text += "\n  ... and " + std::to_string(count - show) + " more (--show N, or --json for all)";
    finding = end;
  }
  return text;
}

void check(Globals& globals, const DoctorLabelsFlags& flags) {
  const Workspace workspace(globals.place());
  LabelCheck found;
  {
    ProgressLine progress("Looking at photos");
    found = check_labels(workspace.catalog(), flags.key, flags.options,
                         [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  }
  if (found.counts.empty()) {
    std::string known;
    for (const auto& name : workspace.catalog().label_key_names()) known += " " + name;
    throw Error(Kind::kNotFound, "no photo has a label \"" + flags.key + "\"; known label keys:" + known);
  }
  Json counts = Json::object(), findings = Json::array();
  for (const auto& [value, count] : found.counts) counts[value] = count;
  for (const auto& finding : found.findings)
    findings.push_back({{"id", finding.id}, {"fault", to_string(finding.fault)}, {"reason", finding.reason}});
  globals.print({{"key", flags.key},
                 {"images", found.images},
                 {"unlabelled", found.unlabelled},
                 {"counts", counts},
                 {"findings", findings}},
                text_of(found, flags.key, flags.show));
}

}  // namespace

void add_doctor_labels(CLI::App& verb, Globals& globals) {
  auto* sub = verb.add_subcommand("labels", "What in the labelled photos would teach a model the wrong thing");
  auto flags = std::make_shared<DoctorLabelsFlags>();
  sub->add_option("--key", flags->key, "The label key to look at")->capture_default_str();
  sub->add_option("--show", flags->show, "Photos listed for each fault")->capture_default_str();
  sub->add_option("--smallest-side", flags->options.smallest_side_px, "Pixels under which a photo is small")
      ->capture_default_str();
  sub->add_option("--threads", flags->options.threads, "0 = all cores")->capture_default_str();
  sub->callback([&globals, flags] { check(globals, *flags); });
}

}  // namespace ootd
