// The file formats behind Weights: from mapped bytes to named views into them. Errors as in weights.h.
#pragma once

#include <map>
#include <span>
#include <string>

#include "ootd/models/weights.h"

namespace ootd {

using WeightViews = std::map<std::string, WeightView, std::less<>>;

// Tells the format by its first bytes.
WeightViews read_container(std::span<const std::byte> file, const std::string& name);

WeightViews read_safetensors(std::span<const std::byte> file, const std::string& name);
WeightViews read_torch_zip(std::span<const std::byte> file, const std::string& name);
WeightViews read_torch_legacy(std::span<const std::byte> file, const std::string& name);

}  // namespace ootd
