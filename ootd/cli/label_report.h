// What `ootd label` says of one image.
#pragma once

#include <string>
#include <vector>

#include "ootd/embed/zero_shot.h"

namespace ootd {

// json: {what: name, "style": the best, "scores": [{"style", "score", "cosine", "match" if the model knows it}]};
// otherwise "NAME  Retro 41%, Chic 20%, Preppy 9%". scores: best first, at least one.
std::string scores_line(bool json, const char* what, const std::string& name, const std::vector<NameScore>& scores);

}  // namespace ootd
