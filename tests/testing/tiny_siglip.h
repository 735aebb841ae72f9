// The tiny golden SigLIP with the tiny golden tokenizer as a model folder: pictures of 32 x 32, 64-d vectors, texts of
// 16 tokens. Tests only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ootd/base/io.h"
#include "ootd/models/model.h"

namespace ootd::testing {

inline ModelConfig tiny_siglip_config() {
  const TransformerTower tower = {64, 2, 2, 256, Activation::kGelu};
  ModelConfig config = default_config(*find_architecture("siglip_b16"));
  config.name = "tiny";
  config.network = SiglipConfig{tower, 8, true, tower, 1000, 16};
  config.input.width = config.input.height = 32;
  config.text = TextSpec{16, Cleaning::kCanonicalize};
  config.matryoshka = {16, 32};
  config.weights = {"open_clip_model.safetensors"};
  return config;
}

// Writes parent/<config.name>: the configuration, the golden `files`, the tokenizer.
inline Model write_tiny_siglip(const std::filesystem::path& parent, const ModelConfig& config = tiny_siglip_config(),
                               const std::vector<std::string>& files = {"open_clip_model.safetensors"}) {
  const std::filesystem::path golden = OOTD_GOLDEN_DIR, folder = parent / config.name;
  std::filesystem::create_directories(folder);
  const std::string text = dump_json(to_json(config));
  write_file_atomically(folder / "config.json", std::as_bytes(std::span(text)));
  for (const auto& file : files)
    std::filesystem::copy_file(golden / "siglip-tiny" / file, folder / std::filesystem::path(file).filename());
  std::filesystem::copy_file(golden / "tokenizer-tiny" / "spiece.model", folder / "spiece.model");
  return open_model(folder);
}

}  // namespace ootd::testing
