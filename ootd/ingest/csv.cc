#include "ootd/ingest/csv.h"

namespace ootd {

CsvReader::CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

std::optional<CsvRow> CsvReader::next() {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n")) {
    at_ += text_[at_] == '\n' ? 1 : 2;
    ++line_;
  }
  if (at_ >= text_.size()) return std::nullopt;
  CsvRow row;
  row.line = line_;
  while (true) {
    const std::size_t begin = after_blanks();
    const bool quoted = begin < text_.size() && text_[begin] == '"';
    if (quoted) at_ = begin;
    row.fields.push_back(quoted ? quoted_field(row.problem) : plain_field());
    if (at_ >= text_.size()) return row;
    if (text_[at_] == separator_) {
      ++at_;
      continue;
    }
    at_ += text_[at_] == '\n' ? 1 : 2;
    ++line_;
    return row;
  }
}

// A carriage return alone is an ordinary character.
bool CsvReader::at_field_end() const {
  return at_ >= text_.size() || text_[at_] == separator_ || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
}

std::size_t CsvReader::after_blanks() const {
  std::size_t at = at_;
  while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t') && text_[at] != separator_) ++at;
  return at;
}

std::string CsvReader::plain_field() {
  const std::size_t begin = at_;
  while (!at_field_end()) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

std::string CsvReader::quoted_field(std::string& problem) {
  const int opened = line_;
  std::string field;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      if (text_.substr(at_, 2) != "\"\"") break;
      ++at_;
    }
    if (text_[at_] == '\n') ++line_;
    field += text_[at_];
  }
  if (at_ >= text_.size()) {
    problem = "the quote opened in line " + std::to_string(opened) + " is never closed";
    return field;
  }
  ++at_;
  at_ = after_blanks();
  if (!at_field_end()) {
    problem = "there is text after the closing quote in line " + std::to_string(line_) +
              "; write a quote inside a quoted field twice";
    plain_field();
  }
  return field;
}

}  // namespace ootd
