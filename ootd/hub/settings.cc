#include "ootd/hub/settings.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "ootd/base/error.h"

namespace ootd {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void take_address(std::string& address, const char* name) {
  std::string value = variable(name);
  if (value.empty()) return;
  if (!value.starts_with("https://") && !value.starts_with("http://"))
    throw Error(Kind::kInput, "$" + std::string(name) + " is \"" + value + "\", which is no http(s) URL");
  while (value.ends_with('/')) value.pop_back();
  address = value;
}

bool is_on(const char* name) {
  std::string value = variable(name);
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return value == "1" || value == "true" || value == "yes" || value == "on";
}

}  // namespace

HubSettings hub_settings_from_environment() {
  HubSettings settings;
  take_address(settings.endpoint, "HF_ENDPOINT");
  take_address(settings.endpoint, "OOTD_HF_ENDPOINT");
  take_address(settings.torchvision, "OOTD_TORCHVISION_MIRROR");
  settings.token = variable("HF_TOKEN");
  while (!settings.token.empty() && std::isspace(static_cast<unsigned char>(settings.token.back())) != 0)
    settings.token.pop_back();
  if (std::ranges::any_of(settings.token, [](unsigned char c) { return c <= 0x20 || c >= 0x7f; }))
    throw Error(Kind::kInput, "$HF_TOKEN holds characters that no token has");
  settings.offline = is_on("OOTD_OFFLINE") || is_on("HF_HUB_OFFLINE");
  return settings;
}

}  // namespace ootd
