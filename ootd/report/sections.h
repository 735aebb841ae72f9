// Inside this folder: the parts of the page. Each gives what stands under its heading, or nothing if there is nothing
// to show.
#pragma once

#include <string>
#include <vector>

#include "ootd/eval/candidates.h"
#include "ootd/report/report.h"

namespace ootd {

struct Page {
  const ReportInput& input;
  NearestLists nearest;       // the 10 nearest of each query
  std::vector<int> color_of;  // of each label: 0 .. kColors - 1 for the most frequent, then kColors for all others
};
inline constexpr int kColors = 12;

// "var(--k3)"
std::string color_of(const Page& page, const LabelSet& labels);
// "dress, Retro", escaped.
std::string label_names(const Page& page, const LabelSet& labels);
// The picture as a data: URI of at most these pixels; "" if it cannot be read.
std::string thumbnail(const Page& page, LookKey id, int max_width, int max_height);

std::string alarms_section(const Page& page);
std::string curves_section(const Page& page);
std::string map_section(const Page& page);
std::string neighbors_section(const Page& page, bool best);
std::string similarity_section(const Page& page);
std::string confusion_section(const Page& page);
std::string labels_section(const Page& page);
std::string suspects_section(const Page& page);

extern const char kPageStyle[];  // CSS

}  // namespace ootd
