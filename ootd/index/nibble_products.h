// Integer products of a query with codes of four bits a value: the loop in which a scan's time goes. Exact, so every
// instruction set gives the same numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ootd/index/slot.h"

namespace ootd {

// products[s] = sum over i < width of query[i] * (low nibble of byte i) + query[width + i] * (high nibble of byte i),
// of the code of slots[s]. query: 2 width values of -127 .. 127; codes: [*, width]; width: a multiple of 32; products:
// slots.size().
void nibble_products(const std::int8_t* query, std::size_t width, const std::uint8_t* codes,
                     std::span<const Slot> slots, std::int32_t* products);

// The same, one value after the other: the definition of right.
void plain_nibble_products(const std::int8_t* query, std::size_t width, const std::uint8_t* codes,
                           std::span<const Slot> slots, std::int32_t* products);

}  // namespace ootd
