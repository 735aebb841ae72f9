// A box that may be missing, as the columns x, y, w, h: all NULL or none. Private to the folder.
#pragma once

#include <optional>

#include "ootd/base/box.h"
#include "ootd/sqlite/database.h"

namespace ootd {

struct BoxColumns {
  explicit BoxColumns(const std::optional<Box>& box) {
    if (!box) return;
    x = box->x, y = box->y, w = box->w, h = box->h;
  }
  std::optional<double> x, y, w, h;  // a float is a double exactly, so that equal boxes stay equal
};

inline std::optional<Box> box_at(const Statement& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return Box{query.get<float>(column), query.get<float>(column + 1), query.get<float>(column + 2),
             query.get<float>(column + 3)};
}

}  // namespace ootd
