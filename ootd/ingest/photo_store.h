// The copies of photos that a workspace keeps: images/ab/abcd....jpg, named by their content.
// Threads: any, at once; two that put the same content write the same file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ootd/catalog/catalog.h"
#include "ootd/image/perceptual_hash.h"

namespace ootd {

ImageId photo_id(std::span<const std::byte> bytes);

// What the catalog records of these bytes, whose photo_id() is `id`, without labels. The whole picture is decoded,
// since truncated files have a good header, at the scale that hashing needs (decode_for_hash). Throws Error(kInput) as
// decode_image.
struct ExaminedPhoto {
  ImageRecord image;
  Image preview;
};
ExaminedPhoto examine_photo(ImageId id, std::span<const std::byte> bytes, const std::string& source,
                            const DecodeLimits& limits);

bool copy_is_whole(const std::filesystem::path& home, const ImageRecord& image);

// Writes the copy; it is on the disk after sync_copies(). Both throw Error(kUnavailable).
void put_copy(const std::filesystem::path& home, const ImageRecord& image, std::span<const std::byte> bytes);

// One wait for all copies and the folders they are in, before the catalog says that they are there; an fsync for each
// costs a journal commit apiece.
void sync_copies(const std::filesystem::path& home);

// Takes photos away with all that is known of them, their copies included. keep_out: no import or crawl brings them
// back by itself. A kill on the way leaves copies that finish_erasures() deletes. Not within a Catalog::Batch. Throws
// Error(kUnavailable) for copies that cannot be deleted; they are noted, and tried again.
void erase_photos(Catalog& catalog, std::span<const ImageRecord> photos, bool keep_out);
// Returns the files that it could not delete.
std::vector<std::string> finish_erasures(Catalog& catalog);

}  // namespace ootd
