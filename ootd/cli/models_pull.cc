#include "ootd/base/error.h"
#include "ootd/cli/models.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/workspace.h"
#include "ootd/hub/pull.h"

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
  std::optional<Progress> progress;
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
  globals.print(document, name + (result.already ? ": was there already, " : ": ") +
                              std::to_string(manifest.files.size()) + " files, " +
                              megabytes(static_cast<double>(bytes)) + " in " + result.folder.string() +
                              (manifest.licence.empty() ? "" : ", licence " + manifest.licence));
  if (result.problem)
    std::cerr << "ootd: the files are right, but this version cannot run them: " << *result.problem << std::endl;
}

// Nothing is opened yet, since what is to be verified may be broken.
fs::path folder_of(const fs::path& home, const std::string& name) {
  for (const auto& folder : {fs::absolute(home) / "models" / name, program_models() / name})
    if (fs::is_directory(folder)) return folder;
  return find_model(home, name).folder;
}

void verify(Globals& globals, const std::string& name) {
  std::vector<fs::path> folders;
  if (!name.empty()) {
    folders.push_back(folder_of(globals.home, name));
  } else {
    for (const auto& parent : {fs::absolute(globals.home) / "models", program_models()})
      if (fs::is_directory(parent))
        for (const auto& entry : fs::directory_iterator(parent))
          if (entry.is_directory() && !entry.path().filename().string().starts_with('.'))
            folders.push_back(entry.path());
  }
  for (const auto& folder : folders) {
    std::vector<std::string> problems;
    std::size_t files = 0;
    try {
      if (const auto manifest = read_manifest(folder)) {
        files = manifest->files.size();
        problems = changed_files(folder, *manifest);
      }
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
    if (const auto problem = model_problem(folder)) problems.push_back(*problem);
    std::string text = folder.string() + (problems.empty() ? ": sound" : ":");
    if (problems.empty())
      text += files > 0 ? ", " + std::to_string(files) + " files as they were pulled" : ", its weights fit the network";
    for (const auto& problem : problems) text += "\n  problem: " + problem;
    globals.print({{"name", folder.filename().string()},
                   {"folder", folder.string()},
                   {"ok", problems.empty()},
                   {"files", files},
                   {"problems", problems}},
                  text);
    if (!problems.empty()) globals.exit_code = 1;
  }
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

void add_models_verify(CLI::App& verb, Globals& globals) {
  auto name = std::make_shared<std::string>();
  auto* sub = verb.add_subcommand("verify", "Read the files again: are they as pulled, and do they fit the network?");
  sub->add_option("MODEL", *name, "Default: all");
  sub->callback([&globals, name] { verify(globals, *name); });
}

}  // namespace ootd
