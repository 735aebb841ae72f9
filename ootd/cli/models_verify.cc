#include "ootd/base/error.h"
#include "ootd/cli/models.h"
#include "ootd/hub/manifest.h"
#include "ootd/workspace/models.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// Nothing is opened yet, since what is to be verified may be broken.
fs::path folder_of(const fs::path& home, const std::string& name) {
  for (const auto& folder : {fs::absolute(home) / "models" / name, program_models() / name})
    if (fs::is_directory(folder)) return folder;
  return find_model(home, name).folder;
}

void verify(Globals& globals, const std::string& name) {
  const auto folders = name.empty() ? model_folders(globals.home) : std::vector{folder_of(globals.home, name)};
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

void add_models_verify(CLI::App& verb, Globals& globals) {
  auto name = std::make_shared<std::string>();
  auto* sub = verb.add_subcommand("verify", "Read the files again: are they as pulled, and do they fit the network?");
  sub->add_option("MODEL", *name, "Default: all");
  sub->callback([&globals, name] { verify(globals, *name); });
}

}  // namespace ootd
