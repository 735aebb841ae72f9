// Where models are pulled from, and how.
#pragma once

#include <string>

#include "ootd/http/client.h"

namespace ootd {

struct HubSettings {
  std::string endpoint = "https://huggingface.co";                  // $OOTD_HF_ENDPOINT, else $HF_ENDPOINT
  std::string torchvision = "https://download.pytorch.org/models";  // $OOTD_TORCHVISION_MIRROR
  std::string token;                                                // $HF_TOKEN; sent to the endpoint's host only
  bool offline = false;  // $OOTD_OFFLINE, $HF_HUB_OFFLINE: no connection is tried
  Patience patience;
};

// Throws Error(kInput) naming the variable whose value is of no use.
HubSettings hub_settings_from_environment();

}  // namespace ootd
