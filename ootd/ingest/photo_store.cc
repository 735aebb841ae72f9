#include "ootd/ingest/photo_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"

namespace ootd {

namespace fs = std::filesystem;

namespace {

constexpr char kErasing[] = "erase";  // stage of copies that are to be deleted

}  // namespace

ImageId photo_id(std::span<const std::byte> bytes) { return sha256_hex(bytes).substr(0, 24); }

ExaminedPhoto examine_photo(ImageId id, std::span<const std::byte> bytes, const std::string& source,
                            const DecodeLimits& limits) {
  ExaminedPhoto photo;
  ImageRecord& image = photo.image;
  image.id = std::move(id);
  const ImageHeader header = read_image_header(bytes, source, limits);
  photo.preview = decode_for_hash(bytes, source, limits);
  image.source = source;
  // A folder level keeps folders small; the extension is that of the content.
  image.file =
      "images/" + image.id.substr(0, 2) + "/" + image.id + "." + (header.format == "jpeg" ? "jpg" : header.format);
  image.format = header.format;
  image.bytes = static_cast<std::int64_t>(bytes.size());
  image.width = header.width;
  image.height = header.height;
  return photo;
}

bool copy_is_whole(const fs::path& home, const ImageRecord& image) {
  std::error_code error;
  const auto bytes = fs::file_size(home / image.file, error);
  return !error && static_cast<std::int64_t>(bytes) == image.bytes;
}

void put_copy(const fs::path& home, const ImageRecord& image, std::span<const std::byte> bytes) {
  const fs::path copy = home / image.file;
  std::error_code error;
  fs::create_directories(copy.parent_path(), error);
  if (error)
    throw Error(Kind::kUnavailable, copy.parent_path().string() + ": cannot make the folder: " + error.message());
  write_file_atomically(copy, bytes, false);
}

void sync_copies(const fs::path& home) {
  const fs::path images = home / "images";
  const int folder = ::open(images.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::syncfs(folder) == 0;
  const int problem = errno;
  if (folder >= 0) ::close(folder);
  if (!synced)
    throw Error(Kind::kUnavailable, images.string() + ": cannot write: " + std::generic_category().message(problem));
}

void erase_photos(Catalog& catalog, std::span<const ImageRecord> photos, bool keep_out) {
  constexpr std::size_t kAtOnce = 256;
  for (std::size_t begin = 0; begin < photos.size(); begin += kAtOnce) {
    Catalog::Batch batch(catalog);
    for (const ImageRecord& photo : photos.subspan(begin, std::min(kAtOnce, photos.size() - begin))) {
      if (keep_out) catalog.keep_out(photo.id);
      if (catalog.erase_image(photo.id)) catalog.put_failure({kErasing, photo.file, photo.id});
    }
    batch.commit();
    if (const auto left = finish_erasures(catalog); !left.empty())
      throw Error(Kind::kUnavailable, (catalog.home() / left.front()).string() +
                                          ": cannot delete the copy of an erased photo; `ootd doctor` tries again");
  }
}

std::vector<std::string> finish_erasures(Catalog& catalog) {
  std::vector<std::string> left;
  if (catalog.failures(kErasing).empty()) return left;
  Catalog::Batch batch(catalog);  // no import brings a photo back meanwhile
  for (const Failure& copy : catalog.failures(kErasing)) {
    std::error_code error;
    if (!catalog.find_image(ImageId(copy.reason))) fs::remove(catalog.home() / copy.item, error);
    error ? left.push_back(copy.item) : catalog.clear_failure(kErasing, copy.item);
  }
  batch.commit();
  return left;
}

}  // namespace ootd
