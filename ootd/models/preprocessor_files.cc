// How pictures and texts are prepared, as transformers' files say it (foreign_config.h).
#include <algorithm>
#include <cmath>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/models/foreign_config.h"

namespace ootd {
namespace {

// What a class takes where its file is silent (image_processing_*.py).
struct Processor {
  std::string_view begins;  // of "image_processor_type", or of the older "feature_extractor_type"
  bool square;  // a bare number is the side of a square; else it is the shorter side. Siglip: transformers 5 says the
                // shorter side too, but without a window that fits no network but for square pictures, where both agree
  bool crops;
  int resample;
  std::array<float, 3> mean, std;
};
constexpr std::array<float, 3> kHalf = {0.5f, 0.5f, 0.5f};
constexpr Processor kProcessors[] = {
    {"CLIP", false, true, 3, kClipMean, kClipStd}, {"ChineseCLIP", false, true, 3, kClipMean, kClipStd},
    {"Bit", false, true, 3, kClipMean, kClipStd},  {"Siglip", true, false, 3, kHalf, kHalf},
    {"ViT", true, false, 2, kHalf, kHalf},
};
constexpr int kDefaultSide = 224;  // of all of them

const Processor* processor_of(const Fields& file) {
  std::string type = file.get_or<std::string>("image_processor_type", "");
  if (type.empty()) type = file.get_or<std::string>("feature_extractor_type", "");
  const auto* const row =
      std::ranges::find_if(kProcessors, [&](const Processor& each) { return type.starts_with(each.begins); });
  return row == std::end(kProcessors) ? nullptr : row;
}

struct Window {
  int height = 0, width = 0;
};

// 224, [224, 224] (height first) or {"height": 224, "width": 224}; nothing if it is {"shortest_edge": 224} or no size.
std::optional<Window> read_window(const Fields& file, const char* name) {
  const Json size = file.get<Json>(name);
  if (size.is_number()) {
    const int side = file.whole(size, name, 1, Limits::kSide);
    return Window{side, side};
  }
  if (size.is_array() && size.size() == 2)
    return Window{file.whole(size[0], name, 1, Limits::kSide), file.whole(size[1], name, 1, Limits::kSide)};
  const Fields sides = file.object(name);
  if (!sides.has("height") && !sides.has("width")) return std::nullopt;
  return Window{sides.whole("height", 1, Limits::kSide), sides.whole("width", 1, Limits::kSide)};
}

void read_size(const Fields& file, const Processor* processor, InputSpec& input) {
  const bool crops = file.get_or("do_center_crop", processor != nullptr && processor->crops);
  const bool bare = file.has("size") && file.json()["size"].is_number();
  // A number alone means what its class says; of a class that we do not know, what makes sense.
  const bool shorter_side = bare && (processor != nullptr ? !processor->square : crops);
  std::optional<Window> squashed;
  int resize_side = kDefaultSide;
  if (!file.has("size")) {
    if (processor == nullptr) file.refuse("size", "and its image_processor_type is not known");
    if (processor->square) squashed = {kDefaultSide, kDefaultSide};
  } else if (shorter_side) {
    resize_side = file.whole("size", 1, 2 * Limits::kSide);
  } else {
    squashed = read_window(file, "size");
    if (!squashed) {
      const Fields sides = file.object("size");
      if (sides.has("longest_edge")) sides.refuse("longest_edge", "known: shortest_edge, or height and width");
      resize_side = sides.whole("shortest_edge", 1, 2 * Limits::kSide);
    }
  }
  if (!crops) {
    if (!squashed)
      file.refuse("size",
                  "the shorter side alone, without do_center_crop, leaves pictures of any shape; the network "
                  "wants one");
    input.width = squashed->width;
    input.height = squashed->height;
    return;
  }
  std::optional<Window> window = Window{kDefaultSide, kDefaultSide};
  if (file.has("crop_size")) window = read_window(file, "crop_size");
  if (!window) file.refuse("crop_size", "known: a number, or height and width");
  input.width = window->width;
  input.height = window->height;
  if (squashed) {  // a crop of the whole
    if (squashed->width != window->width || squashed->height != window->height)
      file.refuse("crop_size", "a window of a picture that was squashed to another size before is not known");
    return;
  }
  input.fit = Fit::kCenterCrop;
  input.centre = Centre::kFloor;
  input.resize_side = resize_side;
  if (resize_side < std::max(input.width, input.height))
    file.refuse("crop_size", "it is more than the shorter side of " + std::to_string(resize_side));
}

// One number stands for all three channels.
std::array<float, 3> read_channels(const Fields& file, const char* name, const std::array<float, 3>* fallback) {
  if (!file.has(name) && fallback != nullptr) return *fallback;
  if (file.has(name) && file.json()[name].is_number()) {
    const auto value = file.get<float>(name);
    return {value, value, value};
  }
  return file.get<std::array<float, 3>>(name);
}

}  // namespace

InputSpec read_preprocessor_config(const Fields& file) {
  InputSpec input;
  // What is switched on and not known here would change the pixels.
  constexpr std::string_view kKnown[] = {"do_resize", "do_rescale", "do_normalize", "do_convert_rgb", "do_center_crop"};
  for (const auto& [key, value] : file.json().items())
    if (key.starts_with("do_") && value != false && !value.is_null() &&
        std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown))
      file.refuse(key.c_str(), "this step is not known");
  if (file.has("max_num_patches")) file.refuse("max_num_patches", "NaFlex models are not supported");
  if (file.has("crop_pct")) file.refuse("crop_pct", "known: size and crop_size");
  file.require("rescale_offset", false, false, "this step is not known");
  file.require("do_resize", true, true, "pictures are always resized");
  file.require("do_convert_rgb", true, true, "pictures are always made RGB");
  const Processor* processor = processor_of(file);
  read_size(file, processor, input);
  const int resample =
      processor != nullptr ? file.whole_or("resample", processor->resample, 0, 5) : file.whole("resample", 0, 5);
  if (resample != 2 && resample != 3) file.refuse("resample", "known: 2 (bilinear), 3 (bicubic)");
  input.filter = resample == 2 ? Interpolation::kBilinear : Interpolation::kBicubic;

  if (file.get_or("do_normalize", true)) {
    input.mean = read_channels(file, "image_mean", processor != nullptr ? &processor->mean : nullptr);
    input.std = read_channels(file, "image_std", processor != nullptr ? &processor->std : nullptr);
  } else {
    input.mean = {0, 0, 0};
    input.std = {1, 1, 1};
  }
  const double factor = file.get_or("do_rescale", true) ? file.get_or<double>("rescale_factor", 1.0 / 255) : 1.0;
  if (!(factor > 0) || !std::isfinite(factor)) file.refuse("rescale_factor", "it must be positive");
  // (factor v - mean) / std, in terms of v / 255
  if (std::abs(factor * 255 - 1) > 1e-6)
    for (std::size_t c = 0; c < 3; ++c) {
      input.mean[c] = static_cast<float>(input.mean[c] / (255 * factor));
      input.std[c] = static_cast<float>(input.std[c] / (255 * factor));
    }
  check_input(input, file.where());
  return input;
}

std::optional<Cleaning> known_cleaning(const std::optional<Fields>& tokenizer_config, int vocabulary) {
  const std::string name = tokenizer_config ? tokenizer_config->get_or<std::string>("tokenizer_class", "") : "";
  if (name.starts_with("CLIPTokenizer")) return Cleaning::kClip;
  if (name.starts_with("GemmaTokenizer") || vocabulary == registry::kGemmaVocabulary) return Cleaning::kLowercase;
  if (name.starts_with("T5Tokenizer")) return Cleaning::kCanonicalize;
  if (name.empty() || name.starts_with("SiglipTokenizer")) return Cleaning::kSiglip;
  return std::nullopt;
}

Cleaning read_cleaning(const std::optional<Fields>& tokenizer_config, int vocabulary) {
  const auto cleaning = known_cleaning(tokenizer_config, vocabulary);
  if (!cleaning)
    tokenizer_config->refuse("tokenizer_class", "known: SiglipTokenizer GemmaTokenizer T5Tokenizer CLIPTokenizer");
  return *cleaning;
}

}  // namespace ootd
