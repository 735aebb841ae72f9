// Row -> slot, as pages of an array: a look-up is two loads, which a tight filter needs for every row it lets through.
// Memory follows the rows that are stored (at most 4 KiB for a lonely one), not the largest row number.
#pragma once

#include <cstdint>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

// The place of a row's vector in a store: 0, 1, 2 ...
using Slot = std::uint32_t;

class RowMap {
 public:
  static constexpr Slot kNone = UINT32_MAX;

  Slot find(Row row) const {
    const std::size_t page = row / kPage;
    if (page >= page_of_.size() || page_of_[page] == kNone) return kNone;
    return slots_[std::size_t{page_of_[page]} * kPage + row % kPage];
  }
  void set(Row row, Slot slot) {
    const std::size_t page = row / kPage;
    if (page >= page_of_.size()) page_of_.resize(page + 1, kNone);
    if (page_of_[page] == kNone) {
      page_of_[page] = static_cast<std::uint32_t>(slots_.size() / kPage);
      slots_.resize(slots_.size() + kPage, kNone);
    }
    slots_[std::size_t{page_of_[page]} * kPage + row % kPage] = slot;
  }
  void remove(Row row) {
    if (find(row) != kNone) set(row, kNone);
  }

 private:
  static constexpr std::size_t kPage = 1024;
  std::vector<std::uint32_t> page_of_;  // row / kPage -> page, or kNone
  std::vector<Slot> slots_;             // pages, one after the other
};

}  // namespace ootd
