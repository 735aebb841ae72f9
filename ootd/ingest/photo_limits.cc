#include "ootd/ingest/photo_limits.h"

#include <algorithm>
#include <charconv>

namespace ootd {
namespace {

constexpr char kMaxPixels[] = "max_pixels";

}  // namespace

DecodeLimits photo_limits(const SettingStore& settings) {
  DecodeLimits limits = {.own_file = true};
  const std::string kept = settings.setting(kMaxPixels).value_or("");
  std::int64_t pixels = 0;
  std::from_chars(kept.data(), kept.data() + kept.size(), pixels);
  limits.max_pixels = std::max(limits.max_pixels, pixels);
  return limits;
}

void allow_pixels(SettingStore& settings, std::int64_t max_pixels) {
  if (max_pixels > photo_limits(settings).max_pixels) settings.set_setting(kMaxPixels, std::to_string(max_pixels));
}

}  // namespace ootd
