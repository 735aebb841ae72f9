#include "ootd/cli/models.h"

#include <cstdio>
#include <set>

#include "ootd/base/error.h"
#include "ootd/hub/manifest.h"
#include "ootd/hub/named_models.h"
#include "ootd/models/detector_model.h"
#include "ootd/workspace/models.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// A folder that cannot be opened is listed with the reason: it must not hide the others.
Json list_folder(const fs::path& folder) {
  try {
    return model_json(open_model(folder));
  } catch (const Error& error) {
    Json row = {{"name", folder.filename().string()}, {"folder", folder.string()}, {"problem", error.what()}};
    try {
      if (const auto manifest = read_manifest(folder))
        row.update({{"source", manifest->source}, {"licence", manifest->licence}});
    } catch (const Error&) {
      // the problem above is enough
    }
    return row;
  }
}

void list_models(const Globals& globals) {
  std::set<std::string> names;
  for (const auto& folder : model_folders(globals.home)) {
    names.insert(folder.filename());
    const Json row = list_folder(folder);
    std::string text = row.value("id", row.at("name").get<std::string>());
    if (row.contains("problem"))
      text += "\n    cannot be used: " + row.at("problem").get<std::string>();
    else
      text += ": " + row.at("dim").dump() + " numbers a vector, " + row.at("params").dump() + " parameters, " +
              row.at("licence").get<std::string>() + "\n    " + folder.string();
    globals.print(row, text);
  }
  if (globals.json) return;
  std::cout << "\nto be had with `ootd models pull NAME`:\n";
  for (const NamedModel& row : kNamedModels) {
    if (names.contains(std::string(row.name))) continue;
    char line[160];
    std::snprintf(line, sizeof line, "  %-24s %5d MB  %-13s %s\n", std::string(row.name).c_str(), row.megabytes,
                  std::string(row.licence).c_str(), std::string(row.source).c_str());
    std::cout << line;
  }
  std::cout << "  hf:OWNER/NAME[@REVISION]  file:FOLDER\n\narchitectures that a config.json may name:";
  std::size_t column = 80;
  for (const Architecture& row : kArchitectures) {
    if (column + row.name.size() + 1 > 78) std::cout << "\n ", column = 1;
    std::cout << " " << row.name;
    column += row.name.size() + 1;
  }
  std::cout << "\n`ootd models show NAME` describes any of these" << std::endl;
}

}  // namespace

void add_models(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("models", "The networks that turn photos into vectors");
  verb->require_subcommand(1);
  verb->add_subcommand("list", "Those of the workspace and of the program, and what can be pulled")
      ->callback([&globals] { list_models(globals); });
  add_models_pull(*verb, globals);
  add_models_show(*verb, globals);
  add_models_verify(*verb, globals);
  add_models_quantize(*verb, globals);
  add_models_average(*verb, globals);
}

}  // namespace ootd
