#include "ootd/base/error.h"
#include "ootd/cli/models.h"
#include "ootd/cli/progress.h"
#include "ootd/hub/pull.h"
#include "ootd/workspace/models.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

struct PullFlags {
  std::string source, name;
  bool offline = false;
};

void pull(Globals& globals, const PullFlags& flags) {
  const Source source = parse_source(flags.source);
  HubSettings settings = hub_settings_from_environment();
  settings.offline = settings.offline || flags.offline;
  settings.patience.user_agent = "ootd/" OOTD_VERSION;
  std::string current;
  std::optional<ProgressLine> progress;
  PullEvents events;
  events.on_note = [](const std::string& note) { std::cerr << "ootd: " << note << std::endl; };
  events.on_bytes = [&](const std::string& file, std::uint64_t done, std::uint64_t total) {
    if (file != current) progress.emplace(current = file, "MB");
    progress->update(static_cast<std::int64_t>(done / 1'000'000), static_cast<std::int64_t>(total / 1'000'000));
  };
  const PullResult result = pull_model(source, flags.name, fs::absolute(globals.home) / "models", settings, events);
  progress.reset();

  const Manifest& manifest = result.manifest;
  std::uint64_t bytes = 0;
  for (const auto& file : manifest.files) bytes += file.size;
  const std::string name = result.folder.filename();
  Json document = {
      {"name", name}, {"source", manifest.source}, {"licence", manifest.licence}, {"folder", result.folder.string()}};
  if (result.problem)
    document["problem"] = *result.problem;
  else
    document = model_json(open_model(result.folder));
  document.update(
      {{"commit", manifest.commit}, {"files", manifest.files.size()}, {"bytes", bytes}, {"already", result.already}});
  std::string text = name + (result.already ? ": was there already, " : ": ");
  text += manifest.files.empty()
              ? "put there by hand"
              : std::to_string(manifest.files.size()) + " files, " + megabytes(static_cast<double>(bytes));
  text += " in " + result.folder.string() + (manifest.licence.empty() ? "" : ", licence " + manifest.licence);
  globals.print(document, text);
  if (result.problem)
    std::cerr << "ootd: the files are right, but this version cannot run them: " << *result.problem << std::endl;
}

}  // namespace

void add_models_pull(CLI::App& verb, Globals& globals) {
  auto flags = std::make_shared<PullFlags>();
  auto* sub = verb.add_subcommand("pull", "Bring a model into the workspace; goes on where it was interrupted");
  sub->add_option("SOURCE", flags->source, "A name of `models list`, hf:owner/name[@revision], or file:FOLDER")
      ->required();
  sub->add_option("--name", flags->name, "Another name for its folder");
  sub->add_flag("--offline", flags->offline, "Try no connection ($OOTD_OFFLINE, $HF_HUB_OFFLINE)");
  sub->callback([&globals, flags] { pull(globals, *flags); });
}

}  // namespace ootd
