// The keys of a store's slots, both ways. Slot -> key is an array; key -> slot a hash table with open addressing that
// holds slots alone: 16 to 24 bytes a key in all, whatever numbers the keys are.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <vector>

#include "ootd/base/image_id.h"
#include "ootd/base/random.h"
#include "ootd/index/slot.h"

namespace ootd {

class KeyMap {
 public:
  static constexpr Slot kNone = UINT32_MAX;

  std::span<const LookKey> keys() const { return keys_; }  // by slot

  Slot find(LookKey key) const {
    if (table_.empty()) return kNone;
    for (std::size_t at = home_of(key);; at = after(at))
      if (const Slot slot = table_[at]; slot == kNone || keys_[slot] == key) return slot;
  }
  // The same, quicker where the keys rise from slot `near` on to this one, as most do in a list of rising keys: a table
  // larger than the processor's cache is slow.
  Slot find(LookKey key, Slot near) const {
    std::size_t low = near, high = near;
    for (std::size_t step = 1; high < keys_.size() && keys_[high] < key; step *= 2) {
      low = high + 1;
      high += step;
    }
    high = std::min(high, keys_.size());
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (keys_[middle] < key)
        low = middle + 1;
      else
        high = middle;
    }
    return low < keys_.size() && keys_[low] == key ? static_cast<Slot>(low) : find(key);
  }
  // Of a key that is not there yet.
  Slot add(LookKey key) {
    const auto slot = static_cast<Slot>(keys_.size());
    keys_.push_back(key);
    if (2 * keys_.size() > table_.size())
      rebuild(keys_.size());
    else
      place(slot);
    return slot;
  }
  // The last slot's key takes this slot.
  void remove(Slot slot) {
    vacate(position_of(slot));
    if (const auto last = static_cast<Slot>(keys_.size() - 1); slot != last) {
      table_[position_of(last)] = slot;
      keys_[slot] = keys_[last];
    }
    keys_.pop_back();
  }
  void reserve(std::size_t keys) {
    keys_.reserve(keys);
    if (2 * keys > table_.size()) rebuild(keys);
  }

 private:
  std::size_t after(std::size_t at) const { return (at + 1) & (table_.size() - 1); }
  std::size_t home_of(LookKey key) const {  // keys may lie at any regular distance
    return mixed(static_cast<std::uint64_t>(key)) & (table_.size() - 1);
  }
  std::size_t position_of(Slot slot) const {
    std::size_t at = home_of(keys_[slot]);
    while (table_[at] != slot) at = after(at);
    return at;
  }
  void place(Slot slot) {
    std::size_t at = home_of(keys_[slot]);
    while (table_[at] != kNone) at = after(at);
    table_[at] = slot;
  }
  void rebuild(std::size_t keys) {
    table_.assign(std::bit_ceil(2 * keys), kNone);
    for (Slot slot = 0; slot < keys_.size(); ++slot) place(slot);
  }
  // Moves up what a search would no longer find behind the hole (Knuth 6.4, algorithm R).
  void vacate(std::size_t hole) {
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = after(hole); table_[at] != kNone; at = after(at)) {
      if (((at - home_of(keys_[table_[at]])) & mask) < ((at - hole) & mask)) continue;
      table_[hole] = table_[at];
      hole = at;
    }
    table_[hole] = kNone;
  }

  std::vector<LookKey> keys_;
  std::vector<Slot> table_;  // a power of two long, at most half full; kNone = free
};

}  // namespace ootd
