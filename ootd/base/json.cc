#include "ootd/base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Turns what the header lists into standard JSON; all else is left for the parser to judge.
class Mending {
 public:
  explicit Mending(std::string_view text) : text_(text) {}

  // A view of the text itself where nothing had to be mended.
  std::string_view mended() {
    bool in_string = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        in_string = !in_string;
        ++at_;
      } else if (in_string) {
        in_string_step();
      } else if (is_word(c)) {
        word();
      } else {
        ++at_;
      }
    }
    if (copied_ == 0) return text_;
    copy_.append(text_.substr(copied_));
    return copy_;
  }

 private:
  static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' ||
           c == '.';
  }

  void replace(std::size_t size, std::string_view by) {
    copy_.append(text_.substr(copied_, at_ - copied_)).append(by);
    at_ += size;
    copied_ = at_;
  }

  // The unit of "\\uXXXX" at this place; -1 where there is none.
  int escaped_unit(std::size_t at) const {
    if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') return -1;
    unsigned unit = 0;
    const char* begin = text_.data() + at + 2;
    const auto [end, problem] = std::from_chars(begin, begin + 4, unit, 16);
    return problem == std::errc() && end == begin + 4 ? static_cast<int>(unit) : -1;
  }

  void in_string_step() {
    if (text_[at_] == '\\') {
      const int unit = escaped_unit(at_);
      if (unit < 0xd800 || unit > 0xdfff) {
        at_ += 2;
        return;
      }
      const int next = escaped_unit(at_ + 6);
      if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff)
        at_ += 12;
      else
        replace(6, kReplacement);
    } else if (text_[at_] == '\xed' && at_ + 2 < text_.size() && static_cast<unsigned char>(text_[at_ + 1]) >= 0xa0 &&
               static_cast<unsigned char>(text_[at_ + 1]) <= 0xbf) {
      replace(3, kReplacement);  // the bytes that UTF-8 would give a surrogate
    } else {
      ++at_;
    }
  }

  void word() {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    const std::string_view unsigned_word = word.substr(word.front() == '-' || word.front() == '+' ? 1 : 0);
    if (unsigned_word == "NaN" || unsigned_word == "Infinity") return replace(word.size(), "null");
    const std::string_view digits = word.substr(word.front() == '-' ? 1 : 0);
    const bool whole = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    constexpr std::size_t kDigitsOf64Bits = 19;  // fewer always fit
    if (whole && digits.size() >= kDigitsOf64Bits && digits.front() != '0' && !fits_64_bits(word))
      return replace(word.size(), '"' + std::string(word) + '"');
    if (!whole && is_too_large(word)) return replace(word.size(), "null");
    at_ = end;
  }

  static bool fits_64_bits(std::string_view word) {
    const char* end = word.data() + word.size();
    std::int64_t negative = 0;
    std::uint64_t positive = 0;
    return (word.front() == '-' ? std::from_chars(word.data(), end, negative).ec
                                : std::from_chars(word.data(), end, positive).ec) == std::errc();
  }

  static bool is_too_large(std::string_view word) {
    if (word.find_first_of("eE") == std::string_view::npos && word.size() <= 300) return false;
    double value = 0;
    const char* end = word.data() + word.size();
    const auto [stop, problem] = std::from_chars(word.data(), end, value);
    // What is too small for a double gives the same error as what is too large.
    return problem == std::errc::result_out_of_range && stop == end &&
           !std::isfinite(std::strtod(std::string(word).c_str(), nullptr));
  }

  const std::string_view text_;
  std::size_t at_ = 0, copied_ = 0;  // copied_: so far the text is in copy_, mended
  std::string copy_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  constexpr int kMaxDepth = 64;
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxDepth) too_deep = true;
    return !too_deep;
  };
  try {
    Mending mending(text);
    Json value = Json::parse(mending.mended(), watch_depth);
    if (too_deep) throw Error(Kind::kInput, where + ": JSON is nested deeper than " + std::to_string(kMaxDepth));
    return value;
  } catch (const Json::exception& problem) {
    throw Error(Kind::kInput, where + ": not valid JSON: " + problem.what());
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_text(path), path.string()); }

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void throw_bad_field(const std::string& where, const char* name, const char* what) {
  throw Error(Kind::kInput, where + ": field \"" + name + "\" " + what);
}

}  // namespace ootd
