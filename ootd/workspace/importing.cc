#include "ootd/workspace/importing.h"

#include "ootd/base/error.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/workspace/workspace.h"

namespace ootd {
namespace {

// A workspace that is gone again at the end if it was not there before and no photo came in: one that a typing error in
// a path made would be in the way later.
class ImportedWorkspace {
 public:
  explicit ImportedWorkspace(const WorkspacePlace& place)
      : is_new_(!is_workspace(place)), workspace_(std::in_place, place, /*create=*/true) {}
  ~ImportedWorkspace() {
    try {
      if (!is_new_ || workspace_->catalog().image_count() > 0) return;
    } catch (const Error&) {
      return;
    }
    const std::filesystem::path home = workspace_->home();
    workspace_.reset();
    std::error_code ignored;
    std::filesystem::remove(home / "catalog.db", ignored);  // SQLite took what belongs to it when it was closed
    // Folders go only if they are empty: what somebody else put there stays.
    for (const auto& folder : {home / "images", home}) std::filesystem::remove(folder, ignored);
  }
  ImportedWorkspace(const ImportedWorkspace&) = delete;
  ImportedWorkspace& operator=(const ImportedWorkspace&) = delete;
  Catalog& catalog() { return workspace_->catalog(); }

 private:
  const bool is_new_;
  std::optional<Workspace> workspace_;
};

}  // namespace

ImportReport import_photos(const WorkspacePlace& place, std::span<const std::filesystem::path> paths,
                           ImportRequest request, const Progress& progress) {
  ImportedWorkspace workspace(place);
  ImportOptions& options = request.options;
  options.limits = photo_limits(workspace.catalog());
  if (request.max_pixels) {
    allow_pixels(workspace.catalog(), *request.max_pixels);
    options.limits.max_pixels = *request.max_pixels;
  }
  return import_paths(workspace.catalog(), paths, options, progress);
}

}  // namespace ootd
