#include "ootd/workspace/importing.h"

#include <stop_token>

#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/scratch_folder.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

// The report of an import that brings nothing in; nothing as soon as a photo has come in.
std::optional<ImportReport> fruitless(const std::filesystem::path& home, std::span<const std::filesystem::path> paths,
                                      ImportOptions options, const Progress& progress) {
  auto parent = std::filesystem::absolute(home);
  while (!std::filesystem::exists(parent)) parent = parent.parent_path();
  const ScratchFolder scratch(parent, ".ootd-import");
  SqliteCatalog catalog(scratch.path());
  std::stop_source enough;
  const std::stop_callback passed_on(progress.stop, [&] { enough.request_stop(); });
  options.photos_per_commit = 1;
  const Progress until_one{.on_update =
                               [&](auto...) {
                                 if (catalog.image_count() > 0) enough.request_stop();
                               },
                           .stop = enough.get_token()};
  try {
    ImportReport report = import_paths(catalog, paths, options, until_one);
    if (report.added == 0) return report;
  } catch (const Stopped&) {
    progress.check();
  }
  return std::nullopt;
}

}  // namespace

ImportReport import_photos(const std::filesystem::path& home, std::span<const std::filesystem::path> paths,
                           ImportRequest request, const Progress& progress) {
  ImportOptions& options = request.options;
  if (request.max_pixels) options.limits.max_pixels = *request.max_pixels;
  if (!is_workspace(home))
    if (auto report = fruitless(home, paths, options, progress)) return *std::move(report);
  Workspace workspace(home, /*create=*/true);
  options.limits = photo_limits(workspace.catalog());
  if (request.max_pixels) {
    allow_pixels(workspace.catalog(), *request.max_pixels);
    options.limits.max_pixels = *request.max_pixels;
  }
  return import_paths(workspace.catalog(), paths, options, progress);
}

}  // namespace ootd
