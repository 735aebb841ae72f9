#include "ootd/base/error.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/ingest/vector_files.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct VectorFlags {
  std::filesystem::path file;
  std::string model;
};

// A new word is given to what an import brings; an export says which there are.
Generation generation_or_word(const Workspace& workspace, const std::string& model) {
  try {
    return workspace.find_generation(model);
  } catch (const Error& error) {
    if (error.kind() != Kind::kNotFound || model.empty()) throw;
    return workspace.generation_of(model);
  }
}

void print_report(Globals& globals, const VectorFileReport& report, const std::string& done) {
  Json rejected = Json::array();
  std::string text = std::to_string(report.rows) + " vectors " + done;
  for (const auto& failure : report.rejected) {
    rejected.push_back({{"item", failure.item}, {"reason", failure.reason}});
    text += "\n  rejected: " + failure.item + ": " + failure.reason;
  }
  globals.print({{"rows", report.rows}, {"there", report.there}, {"rejected", rejected}}, text);
  if (report.rows == 0) globals.exit_code = 1;
}

}  // namespace

void add_vectors(CLI::App& app, Globals& globals) {
  auto* verb =
      app.add_subcommand("vectors", "Vectors as files: .npy (+ .ids.txt), .jsonl, .json (Pinecone's upsert shape)");
  verb->require_subcommand(1);
  auto flags = std::make_shared<VectorFlags>();
  const auto add = [&](const char* name, const char* about) {
    auto* sub = verb->add_subcommand(name, about);
    sub->add_option("FILE", flags->file, "Its extension says the format")->required();
    sub->add_option("--model", flags->model,
                    "A model by id, name or folder (default: the model in use); for import also a new word");
    return sub;
  };
  add("export", "Write a model's vectors")->callback([&globals, flags] {
    Workspace workspace(globals.place());
    const Generation generation = generation_or_word(workspace, flags->model);
    print_report(globals, export_vectors(workspace.catalog(), generation, flags->file),
                 "written to " + flags->file.string());
  });
  add("import", "Read vectors of images that are in the workspace")->callback([&globals, flags] {
    Workspace workspace(globals.place());
    const Generation generation = generation_or_word(workspace, flags->model);
    const VectorFileReport report = run_stage(!globals.json, [&](const Progress& progress) {
      return import_vectors(workspace.catalog(), generation, flags->file, progress);
    });
    print_report(globals, report,
                 "read as " + generation.model +
                     (report.there > 0 ? ", of which " + std::to_string(report.there) + " were there already" : ""));
    if (!workspace.catalog().serving()) workspace.catalog().serve(generation);
  });
}

}  // namespace ootd
