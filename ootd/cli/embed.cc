#include "ootd/cli/next_step.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/infer/precision.h"
#include "ootd/workspace/embedding.h"

namespace ootd {
namespace {

struct EmbedFlags {
  std::vector<std::filesystem::path> files;
  EmbedRequest request;
  std::string precision = "auto", shard;
  bool strict = false;
};

Shard parse_shard(const std::string& text) {
  Shard shard;
  char slash = 0, rest = 0;
  if (!text.empty() && (std::sscanf(text.c_str(), "%d%c%d%c", &shard.index, &slash, &shard.count, &rest) != 3 ||
                        slash != '/' || shard.index < 0 || shard.index >= shard.count))
    throw CLI::ValidationError("--shard", "wants i/n with 0 <= i < n, not \"" + text + "\"");
  return shard;
}

// As JSON lines.
void print_vectors(Globals& globals, const EmbedRequest& request, const EmbedFlags& flags) {
  std::size_t failed = 0;
  embed_files(globals.place(), request, flags.files, [&](const Model& model, const FileResult& result) {
    Json line = {{"file", result.job.file.string()}};
    if (result.problem.empty())
      line.update({{"model", model.id}, {"vector", result.vector}});
    else
      line["error"] = result.problem;
    failed += !result.problem.empty();
    std::cout << dump_json(line) << "\n";
  });
  if (failed == flags.files.size() || (flags.strict && failed > 0)) globals.exit_code = 1;
}

void run_embed(Globals& globals, EmbedFlags& flags) {
  EmbedRequest& request = flags.request;
  request.shard = parse_shard(flags.shard);
  request.auto_precision = flags.precision == "auto";
  for (const Precision precision : {Precision::kBfloat16, Precision::kInt8})
    if (flags.precision == to_string(precision)) request.session.precision = precision;
  if (!flags.files.empty()) return print_vectors(globals, request, flags);
  Workspace workspace(globals.place());
  const EmbedReport report =
      run_stage(!globals.json, [&](const Progress& progress) { return embed_workspace(workspace, request, progress); });
  const auto& failures = report.failures;
  if (!globals.json) print_failures(failures);
  char speed[32];
  std::snprintf(speed, sizeof speed, "%.1f images/s", report.images_per_s);
  std::string text = std::to_string(report.embedded) + " embedded by " + report.generation.model + ", " +
                     std::to_string(failures.size()) + " failed, " + speed;
  if (report.waits_for == 0)
    text += next_step(workspace, Stage::kVectors);
  else
    text += "\n" + to_string(report.generation) + " does not serve yet: " + std::to_string(report.waits_for) +
            " looks that serve now lack a vector of it; run `ootd crop`, then `ootd embed` again";
  globals.print({{"embedded", report.embedded},
                 {"images_per_s", report.images_per_s},
                 {"failed", failures.size()},
                 {"failures", failures_json(failures)},
                 {"model", report.generation.model},
                 {"waits_for", report.waits_for}},
                text);
  const bool nothing_done = report.embedded == 0 && !failures.empty();
  if (nothing_done || (flags.strict && !failures.empty())) globals.exit_code = 1;
}

}  // namespace

void add_embed(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand(
      "embed", "Turn every photo that lacks one into a vector; or print the vectors of single files");
  auto flags = std::make_shared<EmbedFlags>();
  EmbedRequest& request = flags->request;
  verb->add_option("FILE", flags->files, "Print these files' vectors as JSON lines and store nothing");
  auto* model = verb->add_option(
      "--model", request.model,
      "A model (default: the one in use, at first " + std::string(kDefaultModel) + ", which comes along)");
  verb->add_option("--precision", flags->precision,
                   "auto (what `ootd doctor` measured to pay; f32 before), f32, bf16 or int8")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8"}));
  verb->add_option("--shard", flags->shard, "i/n: only every n-th image, for n jobs side by side");
  verb->add_option("--threads", request.session.threads, "0 = all cores")->capture_default_str();
  verb->add_flag(
          "--pca", request.fit_pca,
          "Fit a 128-d PCA of " + std::string(kDefaultBackbone) + "'s vectors to the photos of today, and use it")
      ->excludes(model);
  verb->add_flag("--garments", request.garments,
                 "Also the main person's best garment of each category, found by `ootd crop`: `ootd search --garment`");
  verb->add_flag("--strict", flags->strict, "Exit 1 if a single photo failed");
  verb->callback([&globals, flags] { run_embed(globals, *flags); });
}

}  // namespace ootd
