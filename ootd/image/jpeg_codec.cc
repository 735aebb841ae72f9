#include "ootd/image/jpeg_codec.h"

// jpeglib.h needs FILE and size_t before it.
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include <jerror.h>

#include <csetjmp>
#include <cstring>
#include <memory>

#include "ootd/base/error.h"
#include "ootd/image/encode.h"

namespace ootd {
namespace {

// libjpeg cannot return from an error, nor may a C++ exception cross it: it jumps back to where we called it.
// Between a setjmp and the calls that it guards live no objects with destructors.
struct Failure {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer to it is one to us
  std::jmp_buf caller;
  bool may_end;  // whether the bytes may end where libjpeg wants more; it then goes on as if the end marker were there
  bool has_ended;
  unsigned scanned;  // bit i: component i was in a scan
  char message[JMSG_LENGTH_MAX];
};

Failure& failure_of(j_common_ptr codec) { return *reinterpret_cast<Failure*>(codec->err); }

[[noreturn]] void fail(j_common_ptr codec) {
  Failure& failure = failure_of(codec);
  codec->err->format_message(codec, failure.message);
  std::longjmp(failure.caller, 1);
}

// A warning means that pixels are guessed (grey, smeared), except for those below, which cost none: stray bytes between
// segments, as several cameras write them, and unknown versions of side information.
void on_message(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_BOGUS_ICC:
      return;
    case JWRN_JPEG_EOF:
      // Costs no pixel by itself: reading ahead, the decoder wants bytes that it need not have. When it does need bits,
      // JWRN_HIT_MARKER follows.
      failure_of(codec).has_ended = true;
      if (failure_of(codec).may_end) return;
      [[fallthrough]];
    default:
      fail(codec);
  }
}

// A progressive file of a few kB can ask for thousands of passes over all pixels; real ones have about ten.
constexpr int kMaxScans = 100;

void on_progress(j_common_ptr codec) {
  if (!codec->is_decompressor) return;
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(codec);
  Failure& failure = failure_of(codec);
  for (int i = 0; i < decoder->comps_in_scan; ++i) failure.scanned |= 1u << decoder->cur_comp_info[i]->component_index;
  if (decoder->input_scan_number <= kMaxScans) return;
  std::snprintf(failure.message, sizeof(failure.message), "more than %d scans", kMaxScans);
  std::longjmp(failure.caller, 1);
}

void install(Failure& failure) {
  jpeg_std_error(&failure.manager);
  failure.manager.error_exit = fail;
  failure.manager.emit_message = on_message;
  failure.may_end = failure.has_ended = false;
  failure.scanned = 0;
}

class Decoder {
 public:
  Decoder(std::span<const std::byte> bytes, const std::string& name) : name_(name) {
    install(failure_);
    codec_.err = &failure_.manager;
    if (setjmp(failure_.caller)) {
      jpeg_destroy_decompress(&codec_);
      throw error();
    }
    jpeg_create_decompress(&codec_);
    progress_.progress_monitor = on_progress;
    codec_.progress = &progress_;
    jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&codec_, JPEG_APP0 + 1, 0xFFFF);  // EXIF
    jpeg_save_markers(&codec_, JPEG_APP0 + 2, 0xFFFF);  // ICC
    jpeg_read_header(&codec_, TRUE);
    failure_.may_end = codec_.arith_code == FALSE;  // its decoder takes missing bytes for zeros without a word
  }
  ~Decoder() { jpeg_destroy_decompress(&codec_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  int width() const { return static_cast<int>(codec_.image_width); }
  int height() const { return static_cast<int>(codec_.image_height); }

  int orientation() const {
    for (const jpeg_marker_struct* marker = codec_.marker_list; marker; marker = marker->next) {
      if (marker->marker != JPEG_APP0 + 1) continue;
      const int found = exif_orientation(std::as_bytes(std::span(marker->data, marker->data_length)));
      if (found != 1) return found;
    }
    return 1;
  }

  std::vector<std::byte> icc_profile() {
    if (setjmp(failure_.caller)) throw error();
    JOCTET* profile = nullptr;
    unsigned size = 0;
    if (!jpeg_read_icc_profile(&codec_, &profile, &size)) return {};
    const std::unique_ptr<JOCTET, decltype(&std::free)> owner(profile, std::free);
    const auto* begin = reinterpret_cast<const std::byte*>(profile);
    return {begin, begin + size};
  }

  // Shrinks by the largest of 1, 2, 4, 8 that leaves at least `width` x `height` (as stored).
  void shrink_towards(int width, int height) {
    if (width <= 0 || height <= 0) return;
    unsigned by = 8;
    const auto left = [&](int side) { return (side + static_cast<int>(by) - 1) / static_cast<int>(by); };
    while (by > 1 && (left(this->width()) < width || left(this->height()) < height)) by /= 2;
    codec_.scale_num = 1;
    codec_.scale_denom = by;
  }

  void read_pixels(Raster& raster) {
    const bool cmyk = codec_.jpeg_color_space == JCS_CMYK || codec_.jpeg_color_space == JCS_YCCK;
    const bool gray = codec_.jpeg_color_space == JCS_GRAYSCALE && !raster.icc_profile.empty();
    codec_.out_color_space = cmyk ? JCS_CMYK : gray ? JCS_GRAYSCALE : JCS_RGB;
    start();  // of several scans, it reads all
    if (failure_.has_ended && !has_all_coefficients())
      throw Error(Kind::kInput, name_ + ": truncated JPEG (scans are missing)");
    raster.width = static_cast<int>(codec_.output_width);
    raster.height = static_cast<int>(codec_.output_height);
    raster.bands = codec_.output_components;
    raster.samples.resize(static_cast<std::size_t>(raster.width) * raster.height * raster.bands);
    read_rows(raster.samples.data(), static_cast<std::size_t>(raster.width) * raster.bands);
    // Adobe's programs, the main writers of CMYK files, store paper instead of ink.
    if (cmyk && codec_.saw_Adobe_marker)
      for (std::uint8_t& sample : raster.samples) sample = 255 - sample;
  }

 private:
  void start() {
    if (setjmp(failure_.caller)) throw error();
    jpeg_start_decompress(&codec_);
  }

  void read_rows(JSAMPLE* first, std::size_t stride) {
    if (setjmp(failure_.caller)) throw error();
    while (codec_.output_scanline < codec_.output_height) {
      JSAMPROW row = first + codec_.output_scanline * stride;
      jpeg_read_scanlines(&codec_, &row, 1);
    }
    jpeg_finish_decompress(&codec_);  // reads up to the end marker
  }

  // Whether the scans that came tell all: a file that ends between two of them gives a picture, but one that lacks a
  // colour, or is coarser than the one that was meant.
  bool has_all_coefficients() {
    if (jpeg_has_multiple_scans(&codec_) == TRUE && failure_.scanned != (1u << codec_.num_components) - 1) return false;
    if (codec_.progressive_mode == FALSE) return true;
    for (int i = 0; i < codec_.num_components; ++i)
      for (int k = 0; k < DCTSIZE2; ++k)
        if (codec_.coef_bits[i][k] != 0) return false;  // bits that are still to come; -1 = all of them
    return true;
  }

  Error error() const {
    return {Kind::kInput,
            name_ + (failure_.has_ended ? ": truncated JPEG (" : ": unreadable JPEG (") + failure_.message + ")"};
  }

  const std::string& name_;
  Failure failure_{};
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct codec_{};
};

}  // namespace

ImageHeader read_jpeg_header(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits) {
  const Decoder decoder(bytes, name);
  check_limits(decoder.width(), decoder.height(), name, limits);
  ImageHeader header{
      .width = decoder.width(), .height = decoder.height(), .format = "jpeg", .orientation = decoder.orientation()};
  if (header.orientation >= 5) std::swap(header.width, header.height);
  return header;
}

Raster read_jpeg(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits,
                 int enough_width, int enough_height) {
  Decoder decoder(bytes, name);
  check_limits(decoder.width(), decoder.height(), name, limits);
  Raster raster;
  raster.orientation = decoder.orientation();
  if (raster.orientation >= 5) std::swap(enough_width, enough_height);
  raster.icc_profile = decoder.icc_profile();
  if (is_srgb(raster.icc_profile)) raster.icc_profile.clear();
  decoder.shrink_towards(enough_width, enough_height);
  decoder.read_pixels(raster);
  return raster;
}

std::vector<std::byte> encode_jpeg(const Image& image, int quality) {
  if (image.empty()) throw Error(Kind::kInput, "an image without pixels cannot be written as JPEG");
  if (quality < 1 || quality > 100)
    throw Error(Kind::kInput, "JPEG quality " + std::to_string(quality) + " is not in 1..100");
  if (image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION)
    throw Error(Kind::kInput, "an image of " + std::to_string(image.width) + "x" + std::to_string(image.height) +
                                  " is too large for JPEG (" + std::to_string(JPEG_MAX_DIMENSION) + " px a side)");
  struct Encoder {
    Failure failure{};
    jpeg_compress_struct codec{};
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    ~Encoder() {
      jpeg_destroy_compress(&codec);
      std::free(bytes);
    }
  } encoder;
  install(encoder.failure);
  encoder.codec.err = &encoder.failure.manager;
  if (setjmp(encoder.failure.caller)) {
    encoder.bytes = nullptr;  // libjpeg may have freed it while making room; memory ran out in any case
    throw Error(Kind::kUnavailable, std::string("cannot write a JPEG (") + encoder.failure.message + ")");
  }
  jpeg_create_compress(&encoder.codec);
  jpeg_mem_dest(&encoder.codec, &encoder.bytes, &encoder.size);
  encoder.codec.image_width = static_cast<JDIMENSION>(image.width);
  encoder.codec.image_height = static_cast<JDIMENSION>(image.height);
  encoder.codec.input_components = 3;
  encoder.codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder.codec);
  jpeg_set_quality(&encoder.codec, quality, TRUE);
  jpeg_start_compress(&encoder.codec, TRUE);
  while (encoder.codec.next_scanline < encoder.codec.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.row(static_cast<int>(encoder.codec.next_scanline)));
    jpeg_write_scanlines(&encoder.codec, &row, 1);
  }
  jpeg_finish_compress(&encoder.codec);
  const auto* begin = reinterpret_cast<const std::byte*>(encoder.bytes);
  return {begin, begin + encoder.size};
}

}  // namespace ootd
