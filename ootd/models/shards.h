// The index of a state that lies in several files, as transformers writes it for safetensors and for pickles:
//   {"metadata": {"total_size": bytes}, "weight_map": {weight: file in the same folder}}
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "ootd/base/io.h"
#include "ootd/models/containers.h"

namespace ootd {

bool is_index(const std::filesystem::path& file);  // *.index.json

// Whether it names something in its folder: a file from elsewhere must not make us read others.
bool stays_inside(std::string_view file);

// File name -> the weights that it must hold. Throws Error(kInput) naming the file and the entry.
using Shards = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;
Shards read_index(const std::filesystem::path& index);
Shards parse_index(std::string_view text, const std::string& where);

// Throws Error(kInput), listing what differs, unless the file holds these weights and no others.
void check_shard(const std::set<std::string, std::less<>>& promised, const WeightViews& views,
                 const std::string& where);

}  // namespace ootd
