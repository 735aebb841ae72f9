#include "ootd/hub/named_models.h"

#include <algorithm>
#include <cctype>

namespace ootd {
namespace {

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

const NamedModel* find_named_model(std::string_view name) {
  const auto is = [&](const NamedModel& row) {
    const auto address = row.source.substr(row.source.find(':') + 1);
    return same_but_for_case(row.name, name) || same_but_for_case(row.source, name) || same_but_for_case(address, name);
  };
  const auto* const row = std::ranges::find_if(kNamedModels, is);
  return row == std::end(kNamedModels) ? nullptr : row;
}

ModelConfig described(const NamedModel& row) {
  ModelConfig config = default_config(*find_architecture(row.architecture));
  config.name = row.name;
  config.licence = row.licence;
  config.source = row.source;
  if (row.resize_side > 0) {  // torchvision's; they see 224 x 224 pixels
    config.input.width = config.input.height = 224;
    config.input.resize_side = row.resize_side;
    config.input.filter = row.filter;
  }
  return config;
}

}  // namespace ootd
