#include "ootd/ingest/webdataset.h"

#include <cstdio>
#include <optional>
#include <string>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/ingest/tar.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr int kPage = 1000;

std::string shard_name(std::int64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "shard-%06lld.tar", static_cast<long long>(number));
  return name;
}

// What people said apart from what the program found, which whoever imports this finds for himself.
PhotoWords words_of(const Catalog& catalog, const ImageRecord& image) {
  PhotoWords words;
  for (const Label& label : image.labels)
    (is_program_key(label.key) ? words.found : words.labels)[label.key].push_back(label.value);
  for (const std::string& origin : catalog.garment_origins(image.key))
    for (const Garment& garment : catalog.garments(image.key, origin))
      words.garments.push_back({{"origin", origin},
                                {"category", garment.category},
                                {"fine_category", garment.fine_category},
                                {"score", garment.score},
                                {"box", {garment.box.x, garment.box.y, garment.box.w, garment.box.h}}});
  return words;
}

}  // namespace

WebDatasetReport export_webdataset(const Catalog& catalog, const fs::path& folder, const WebDatasetOptions& options,
                                   const std::function<void(std::int64_t photos)>& progress) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(Kind::kUnavailable, folder.string() + ": cannot make the folder: " + error.message());
  WebDatasetReport report;
  std::optional<TarWriter> tar;
  std::string shard;
  PhotoTable manifest(folder / "manifest", options.manifest);
  for (LookKey after = {};;) {
    const auto images = catalog.images_after(after, kPage);
    if (images.empty()) break;
    for (const ImageRecord& image : images) {
      after = image.key;
      std::vector<std::byte> bytes;
      try {
        bytes = read_file(catalog.home() / image.file);
      } catch (const Error& problem) {
        report.failures.push_back({"export", image.id, problem.what()});
        continue;
      }
      if (!tar) {
        shard = shard_name(report.shards++);
        tar.emplace(folder / shard);
      }
      const PhotoWords words = words_of(catalog, image);
      const std::string extension = fs::path(image.file).extension();
      Json about = {{"id", image.id},         {"source", image.source}, {"width", image.width},
                    {"height", image.height}, {"labels", words.labels}, {"garments", words.garments}};
      if (!words.found.empty()) about["found"] = words.found;
      const std::string text = dump_json(about);
      tar->add(image.id + extension, bytes);
      tar->add(image.id + ".json", std::as_bytes(std::span(text)));
      manifest.add(image, shard, image.id + extension, words);
      ++report.photos;
      if (tar->size() >= options.shard_bytes) {
        tar->commit();
        tar.reset();
      }
    }
    if (progress) progress(report.photos);
  }
  if (tar) tar->commit();
  manifest.commit();
  // Of an earlier, larger export: programs read all shards that they find.
  for (std::int64_t old = report.shards; fs::remove(folder / shard_name(old), error); ++old) {
  }
  return report;
}

}  // namespace ootd
