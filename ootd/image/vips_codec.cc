#include "ootd/image/vips_codec.h"

#include <dlfcn.h>
#include <vips/vips.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <mutex>

#include "ootd/base/error.h"

namespace ootd {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
using VipsPtr = std::unique_ptr<VipsImage, Unref>;

// libvips keeps its settings per process. We decode many pictures side by side, so one picture gets one thread, and as
// no picture comes twice, nothing is kept.
void use_vips() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (VIPS_INIT("ootd") != 0) throw Error(Kind::kUnavailable, "libvips does not start; is it installed completely?");
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    // Its warnings would go to stderr; what matters comes back as an error.
    g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK), [](auto...) {}, nullptr);
  });
  struct ThreadEnd {
    ~ThreadEnd() { vips_thread_shutdown(); }
  };
  static thread_local ThreadEnd frees_buffers_of_this_thread;
  static_cast<void>(frees_buffers_of_this_thread);
}

// The text in libvips's error buffer may belong to another thread's picture, so it is dropped.
[[noreturn]] void fail(const std::string& message) {
  vips_error_clear();
  throw Error(Kind::kInput, message);
}

std::string title(Format format) {
  std::string text = name_of(format);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// What a decoder does not see, as it stops at the last row: PNG's chunks (length, type, payload, check sum) must end
// with IEND, and the size in WebP's header must be there.
bool is_complete(Format format, std::span<const std::byte> bytes) {
  constexpr std::size_t kEndChunk = 0x49454E44;
  if (format == Format::kWebp) return number_at(bytes, 4, 4, true) + 8 <= bytes.size();
  if (format != Format::kPng) return true;
  for (std::size_t at = 8; at + 12 <= bytes.size(); at += 12 + number_at(bytes, at, 4))
    if (number_at(bytes, at + 4, 4) == kEndChunk) return true;
  return false;
}

// Reads the header; pixels are decoded as they are asked for. `bytes` must outlive the result.
VipsPtr open(Format format, std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits) {
  // Ours to read, as a decoder may reject the rest of a hostile file first and so hide the reason.
  if (format == Format::kPng && bytes.size() >= 24)
    check_limits(static_cast<std::int64_t>(number_at(bytes, 16, 4)), static_cast<std::int64_t>(number_at(bytes, 20, 4)),
                 name, limits);
  use_vips();
  const bool is_heif = format == Format::kAvif || format == Format::kHeic;
  const std::string operation = (is_heif ? "heif" : name_of(format)) + "load_buffer";
  if (vips_type_find("VipsOperation", operation.c_str()) == 0)
    throw Error(Kind::kInput,
                name + ": libvips on this machine cannot read " + title(format) + "; convert the picture");
  VipsBlob* blob = vips_blob_new(nullptr, bytes.data(), bytes.size());
  VipsImage* image = nullptr;
  const int failed = vips_call(operation.c_str(), blob, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                               VIPS_FAIL_ON_ERROR, nullptr);
  vips_area_unref(VIPS_AREA(blob));
  if (failed != 0) fail(name + ": damaged or truncated " + title(format));
  VipsPtr owner(image);
  check_limits(vips_image_get_width(image), vips_image_get_height(image), name, limits);
  return owner;
}

// Replaces `image` by the result of a libvips operation; false leaves it as it was.
template <class Operation, class... Arguments>
bool apply(VipsPtr& image, Operation operation, Arguments... arguments) {
  VipsImage* result = nullptr;
  if (operation(image.get(), &result, arguments..., nullptr) != 0) {
    vips_error_clear();
    return false;
  }
  image.reset(result);
  return true;
}

std::span<const std::byte> icc_profile_of(VipsImage* image) {
  const void* profile = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
      vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &size) != 0)
    return {};
  return {static_cast<const std::byte*>(profile), size};
}

// Pillow leaves colours as they are stored; we follow the profile, because the shop and the shopper see it followed.
void apply_profile(VipsPtr& image) {
  if (is_srgb(icc_profile_of(image.get()))) return;
  apply(image, vips_icc_transform, "srgb", "embedded", TRUE, "depth", 8, "intent", VIPS_INTENT_RELATIVE);
}

Image finish(VipsPtr image, const std::string& failure) {
  const bool deep = vips_image_get_format(image.get()) == VIPS_FORMAT_USHORT;
  if (vips_image_hasalpha(image.get())) {
    const double white[] = {deep ? 65535.0 : 255.0};
    VipsArrayDouble* background = vips_array_double_new(white, 1);
    const bool flat = apply(image, vips_flatten, "background", background);
    vips_area_unref(VIPS_AREA(background));
    if (!flat) fail(failure);
  }
  apply_profile(image);
  if (!apply(image, vips_colourspace, VIPS_INTERPRETATION_sRGB) || !apply(image, vips_cast, VIPS_FORMAT_UCHAR) ||
      vips_image_get_bands(image.get()) != 3)
    fail(failure);

  Image out{.width = vips_image_get_width(image.get()), .height = vips_image_get_height(image.get()), .rgb = {}};
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(vips_image_write_to_memory(image.get(), &size), g_free);
  if (!pixels || size != static_cast<std::size_t>(out.width) * out.height * 3) fail(failure);
  const auto* begin = static_cast<const std::uint8_t*>(pixels.get());
  out.rgb.assign(begin, begin + size);
  return out;
}

// Asked of the very library that libvips has loaded, by itself or for its module, and not of one that we would link:
// these need not be the same. 0 where there is none, or where it lies within libvips under no name of its own, which
// then counts as old.
std::uint32_t loaded_libheif() {
  use_vips();
  void* library = ::dlopen("libheif.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return 0;
  using Version = std::uint32_t (*)();
  const auto version = reinterpret_cast<Version>(::dlsym(library, "heif_get_version_number"));
  const std::uint32_t number = version == nullptr ? 0 : version();
  ::dlclose(library);
  return number;
}

}  // namespace

std::string heif_version_text(std::uint32_t version) {
  if (version == 0) return "";
  return std::to_string(version >> 24) + "." + std::to_string(version >> 16 & 0xFF) + "." +
         std::to_string(version >> 8 & 0xFF);
}

bool heif_version_is_mended(std::uint32_t version) { return version >= 0x01170300; }

std::string libheif_version() { return heif_version_text(loaded_libheif()); }

bool strangers_may_send_heif() {
  static const bool mended = heif_version_is_mended(loaded_libheif());
  return mended;
}

ImageHeader read_header_with_vips(Format format, std::span<const std::byte> bytes, const std::string& name,
                                  const DecodeLimits& limits) {
  const VipsPtr image = open(format, bytes, name, limits);
  ImageHeader header{.width = vips_image_get_width(image.get()),
                     .height = vips_image_get_height(image.get()),
                     .format = name_of(format)};
  header.orientation = vips_image_get_orientation(image.get());
  if (header.orientation >= 5) std::swap(header.width, header.height);
  return header;
}

Image read_with_vips(Format format, std::span<const std::byte> bytes, const std::string& name,
                     const DecodeLimits& limits) {
  VipsPtr image = open(format, bytes, name, limits);
  if (!is_complete(format, bytes)) fail(name + ": truncated " + title(format));
  const int orientation = vips_image_get_orientation(image.get());
  return upright(finish(std::move(image), name + ": damaged or truncated " + title(format)), orientation);
}

Image to_srgb(const Raster& raster, const std::string& name) {
  use_vips();
  const std::string failure = name + ": its colours cannot be converted to sRGB";
  VipsPtr image(vips_image_new_from_memory(raster.samples.data(), raster.samples.size(), raster.width, raster.height,
                                           raster.bands, VIPS_FORMAT_UCHAR));
  const VipsInterpretation colours = raster.bands == 4   ? VIPS_INTERPRETATION_CMYK
                                     : raster.bands == 1 ? VIPS_INTERPRETATION_B_W
                                                         : VIPS_INTERPRETATION_sRGB;
  if (!image || !apply(image, vips_copy, "interpretation", colours)) fail(failure);
  if (!raster.icc_profile.empty())
    vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, raster.icc_profile.data(), raster.icc_profile.size());
  return upright(finish(std::move(image), failure), raster.orientation);
}

}  // namespace ootd
