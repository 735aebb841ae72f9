#include "ootd/base/error.h"
#include "ootd/cli/printing.h"
#include "ootd/cli/progress.h"
#include "ootd/cli/verbs.h"
#include "ootd/ingest/webdataset.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

struct ExportFlags {
  std::filesystem::path folder;
  std::string manifest = "csv";
  std::uint64_t shard_mb = WebDatasetOptions{}.shard_bytes >> 20;
};

void run_images_export(Globals& globals, const ExportFlags& flags) {
  const Workspace workspace(globals.place());
  const Catalog& catalog = workspace.catalog();
  WebDatasetReport report;
  {
    ProgressLine progress("export");
    const auto total = catalog.image_count();
    const auto format = flags.manifest == "csv" ? TableFormat::kCsv : TableFormat::kParquet;
    report = export_webdataset(catalog, flags.folder, {format, flags.shard_mb << 20},
                               [&](std::int64_t photos) { progress.update(photos, total); });
  }
  if (!globals.json) print_failures(report.failures);
  globals.print({{"photos", report.photos}, {"shards", report.shards}, {"failures", failures_json(report.failures)}},
                std::to_string(report.photos) + " photos in " + std::to_string(report.shards) +
                    (report.shards == 1 ? " shard" : " shards") + " and " +
                    (flags.folder / ("manifest." + flags.manifest)).string());
  if (report.photos == 0) globals.exit_code = 1;
}

}  // namespace

void add_images_export(CLI::App& images, Globals& globals) {
  auto flags = std::make_shared<ExportFlags>();
  auto* sub = images.add_subcommand("export", "Write WebDataset shards (tar) and a manifest, for other programs");
  sub->add_option("FOLDER", flags->folder, "Where to")->required();
  sub->add_option("--manifest", flags->manifest, "The table of the photos: csv or parquet")
      ->capture_default_str()
      ->check(CLI::IsMember({"csv", "parquet"}));
  sub->add_option("--shard-mb", flags->shard_mb, "MiB of a shard")->capture_default_str()->check(CLI::PositiveNumber);
  sub->callback([&globals, flags] { run_images_export(globals, *flags); });
}

}  // namespace ootd
