#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/cli/embedding.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"
#include "ootd/embed/encoder.h"
#include "ootd/infer/precision.h"

namespace ootd {
namespace {

struct EmbedFlags {
  std::vector<std::filesystem::path> files;
  std::string model, precision = "auto", shard;
  int threads = 0;
  bool pca = false, garments = false, strict = false;
};

SessionOptions session_options(const EmbedFlags& flags) {
  SessionOptions options;
  options.threads = flags.threads;
  for (const Precision precision : {Precision::kBfloat16, Precision::kInt8})
    if (flags.precision == to_string(precision)) options.precision = precision;
  return options;
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  char slash = 0, rest = 0;
  if (!text.empty() && (std::sscanf(text.c_str(), "%d%c%d%c", &shard.index, &slash, &shard.count, &rest) != 3 ||
                        slash != '/' || shard.index < 0 || shard.index >= shard.count))
    throw CLI::ValidationError("--shard", "wants i/n with 0 <= i < n, not \"" + text + "\"");
  return shard;
}

// Vectors of single files, as JSON lines; nothing is stored, so no workspace is needed.
void embed_single_files(Globals& globals, const EmbedFlags& flags) {
  std::unique_ptr<OutfitFinder> outfits;
  const Model model = [&] {
    if (!std::filesystem::exists(globals.home / "catalog.db"))
      return open_model(flags.model.empty() ? program_models() / kDefaultModel : std::filesystem::path(flags.model));
    const Workspace workspace(globals.home);
    outfits = workspace.outfit_finder();
    return workspace.find_model(flags.model.empty() ? workspace.model_id().value_or(kDefaultModel) : flags.model);
  }();
  SessionOptions options = session_options(flags);
  if (flags.precision == "auto") options.precision = auto_precision(model, precision_cache_file());
  const auto encoder = make_encoder(model, options);
  std::size_t failed = 0;
  for (const auto& file : flags.files) {
    try {
      const Image image = load_query(file, encoder->input(), outfits.get());
      const Matrix vector = encoder->encode({&image, 1});
      std::cout << dump_json({{"file", file.string()}, {"model", model.id}, {"vector", vector.row(0)}}) << "\n";
    } catch (const Error& error) {
      ++failed;
      std::cout << dump_json({{"file", file.string()}, {"error", error.what()}}) << "\n";
    }
  }
  if (failed == flags.files.size() || (flags.strict && failed > 0)) globals.exit_code = 1;
}

void run_embed(Globals& globals, const EmbedFlags& flags) {
  const Shard shard = parse_shard(flags.shard);
  if (!flags.files.empty()) return embed_single_files(globals, flags);
  Workspace workspace(globals.home);
  const EmbedReport report = embed_workspace(workspace, {flags.model, session_options(flags), flags.precision == "auto",
                                                         shard, flags.pca, flags.garments, !globals.json});
  Json failures = Json::array();
  for (const auto& failure : report.failures) {
    failures.push_back({{"item", failure.item}, {"reason", failure.reason}});
    if (!globals.json) std::cerr << "  failed: " << failure.item << ": " << failure.reason << "\n";
  }
  char text[160];
  std::snprintf(text, sizeof text, "%lld embedded by %s, %lld failed, %.1f images/s",
                static_cast<long long>(report.embedded), report.model.c_str(), static_cast<long long>(failures.size()),
                report.images_per_s);
  globals.print({{"embedded", report.embedded},
                 {"images_per_s", report.images_per_s},
                 {"failed", failures.size()},
                 {"failures", failures},
                 {"model", report.model}},
                text);
  const bool nothing_done = report.embedded == 0 && !failures.empty();
  if (nothing_done || (flags.strict && !failures.empty())) globals.exit_code = 1;
}

}  // namespace

void add_embed(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand(
      "embed", "Turn every photo that lacks one into a vector; or print the vectors of single files");
  auto flags = std::make_shared<EmbedFlags>();
  verb->add_option("FILE", flags->files, "Print these files' vectors as JSON lines and store nothing");
  auto* model = verb->add_option(
      "--model", flags->model,
      "A model (default: the one in use, at first " + std::string(kDefaultModel) + ", which comes along)");
  verb->add_option("--precision", flags->precision,
                   "auto (what `ootd doctor` measured to pay; f32 before), f32, bf16 or int8")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8"}));
  verb->add_option("--shard", flags->shard, "i/n: only every n-th image, for n jobs side by side");
  verb->add_option("--threads", flags->threads, "0 = all cores")->capture_default_str();
  verb->add_flag(
          "--pca", flags->pca,
          "Fit a 128-d PCA of " + std::string(kDefaultBackbone) + "'s vectors to the photos of today, and use it")
      ->excludes(model);
  verb->add_flag("--garments", flags->garments,
                 "Also the main person's best garment of each category, found by `ootd crop`: `ootd search --garment`");
  verb->add_flag("--strict", flags->strict, "Exit 1 if a single photo failed");
  verb->callback([&globals, flags] { run_embed(globals, *flags); });
}

}  // namespace ootd
