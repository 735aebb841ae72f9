// A workspace's photos for other programs: WebDataset shards (tar files that training reads from front to back; each
// photo is a pair KEY.jpg and KEY.json) and a manifest. Photos are stored as they are, not coded anew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "ootd/catalog/catalog.h"
#include "ootd/ingest/photo_table.h"

namespace ootd {

struct WebDatasetOptions {
  TableFormat manifest = TableFormat::kCsv;
  std::uint64_t shard_bytes = std::uint64_t{256} << 20;  // a shard ends with the photo that reaches it
};

struct WebDatasetReport {
  std::int64_t photos = 0, shards = 0;
  std::vector<Failure> failures;  // photos whose copy is lost
};

// Writes folder/shard-000000.tar ... and folder/manifest.csv or .parquet (photo_table.h), in the order of rows. Each
// file is there wholly or not at all; the same catalog gives the same bytes. Makes the folder, and removes the shards
// of an earlier, larger export and a manifest in the other format. Throws Error(kUnavailable) if it cannot be written.
WebDatasetReport export_webdataset(const Catalog& catalog, const std::filesystem::path& folder,
                                   const WebDatasetOptions& options = {},
                                   const std::function<void(std::int64_t photos)>& progress = {});

}  // namespace ootd
