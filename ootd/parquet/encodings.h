// Inside this folder: the encodings of values (apache/parquet-format, Encodings.md). All give one value after the other
// and hold no more than that one, whatever number of values a page claims. Throw Error(kInput) where the bytes run out.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "ootd/parquet/format.h"

namespace ootd {

// "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)": numbers of `width` bits; 0 to 32.
class RleNumbers {
 public:
  RleNumbers(std::string_view bytes, int width);
  std::uint32_t next();

 private:
  void begin_run();

  std::string_view bytes_;  // after the run
  int width_;
  std::uint64_t run_left_ = 0;
  std::string_view packed_;  // of a bit-packed run
  std::uint64_t bit_ = 0;    // in packed_, of the next number
  bool is_packed_ = false;
  std::uint32_t repeated_ = 0;  // of the other kind of run
};

// The next value that is not null, in bytes that are valid until the next call: of a text or fixed-width value the
// value, of a number its little-endian form, of a boolean one byte, 0 or 1.
using NextValue = std::function<std::string_view()>;

// Of a data page. bytes and dictionary outlive the result. count: at most so many values are asked for.
NextValue page_values(Encoding encoding, const ColumnSchema& column, std::string_view bytes, std::uint64_t count,
                      const std::vector<std::string_view>& dictionary);

// Of a dictionary page, which is PLAIN; the result points into bytes.
std::vector<std::string_view> dictionary_values(const ColumnSchema& column, std::string_view bytes,
                                                std::uint64_t count);

}  // namespace ootd
