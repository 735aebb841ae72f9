// How large a photo a workspace may hold. The limit is the workspace's: what an import let in, every later stage
// decodes. Threads: as the store given.
#pragma once

#include <cstdint>

#include "ootd/catalog/notes.h"
#include "ootd/image/decode.h"

namespace ootd {

// For the photos that are in the workspace, and for others of its owner: the most that an import here was allowed, and
// at least the default of DecodeLimits. They count as the user's own files: what a crawl or an upload may not bring in
// was refused at the door.
DecodeLimits photo_limits(const SettingStore& settings);

// Photos of so many pixels may come in from now on. Less than the limit so far changes nothing.
void allow_pixels(SettingStore& settings, std::int64_t max_pixels);

}  // namespace ootd
