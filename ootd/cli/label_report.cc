#include "ootd/cli/label_report.h"

#include <algorithm>
#include <cstdio>

#include "ootd/base/json.h"

namespace ootd {

std::string scores_line(bool json, const char* what, const std::string& name, const std::vector<NameScore>& scores) {
  if (json) {
    Json list = Json::array();
    for (const auto& score : scores) {
      list.push_back({{"style", score.name}, {"score", score.share}, {"cosine", score.cosine}});
      if (score.match) list.back()["match"] = *score.match;
    }
    return dump_json({{what, name}, {"style", scores.front().name}, {"scores", list}});
  }
  std::string line = name;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, scores.size()); ++i) {
    char share[16];
    std::snprintf(share, sizeof share, " %.0f%%", 100 * static_cast<double>(scores[i].share));
    line += (i == 0 ? "  " : ", ") + scores[i].name + share;
  }
  return line;
}

}  // namespace ootd
