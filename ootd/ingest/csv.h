// Rows of a CSV text after RFC 4180: fields in double quotes may hold commas, line breaks and "" for a quote, and may
// have blanks round the quotes; lines end in LF or CRLF; a byte-order mark and blank lines are skipped. Bytes are kept
// as they are, whatever their encoding.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ootd {

struct CsvRow {
  int line = 0;  // where the row starts, from 1
  std::vector<std::string> fields;
  std::string problem;  // not empty: the quoting is broken
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text, char separator = ',');  // the text outlives this
  std::optional<CsvRow> next();
  std::size_t offset() const { return at_; }  // of what next() reads, in bytes

 private:
  std::string plain_field();
  std::string quoted_field(std::string& problem);
  bool at_field_end() const;
  std::size_t after_blanks() const;

  const std::string_view text_;
  const char separator_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace ootd
