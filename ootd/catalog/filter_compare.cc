// What `<`, `<=`, `>` and `>=` of a filter mean.
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

#include "ootd/catalog/filter_nodes.h"

namespace ootd {
namespace {

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

// Seconds since 1970: a year, month, day, minute or second is all from `begin` to `end`.
struct Span {
  std::int64_t begin = 0, end = 0;
};

// ISO 8601: 2026, 2026-11, 2026-11-30, 2026-11-30T18:05[:30[.25]][Z|+09:00]; a space may stand for T.
std::optional<Span> span_of(std::string_view text) {
  using namespace std::chrono;
  const auto number = [&](std::size_t digits) -> std::optional<int> {
    int value = 0;
    if (text.size() < digits) return std::nullopt;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + digits, value);
    if (problem != std::errc() || end != text.data() + digits || text[0] == '-') return std::nullopt;
    text.remove_prefix(digits);
    return value;
  };
  const auto sign = [&](std::string_view signs) {
    if (text.empty() || signs.find(text[0]) == signs.npos) return false;
    text.remove_prefix(1);
    return true;
  };
  const auto seconds_of = [](const year_month_day& date) {
    return duration_cast<seconds>(sys_days(date).time_since_epoch()).count();
  };
  const auto y = number(4);
  if (!y) return std::nullopt;
  if (text.empty()) return Span{seconds_of(year(*y) / 1 / 1), seconds_of(year(*y + 1) / 1 / 1)};
  const auto m = sign("-") ? number(2) : std::nullopt;
  if (!m || *m < 1 || *m > 12) return std::nullopt;
  const auto first = year(*y) / month(static_cast<unsigned>(*m)) / 1;
  if (text.empty()) return Span{seconds_of(first), seconds_of(first + months(1))};
  const auto d = sign("-") ? number(2) : std::nullopt;
  const year_month_day date = year(*y) / month(static_cast<unsigned>(*m)) / day(static_cast<unsigned>(d.value_or(0)));
  if (!d || !date.ok()) return std::nullopt;
  constexpr std::int64_t kDay = 86'400;
  std::int64_t begin = seconds_of(date);
  if (text.empty()) return Span{begin, begin + kDay};
  const auto hour = sign("Tt ") ? number(2) : std::nullopt, minute = hour && sign(":") ? number(2) : std::nullopt;
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  begin += *hour * 3600 + *minute * 60;
  std::int64_t length = 60;
  if (sign(":")) {
    const auto second = number(2);
    if (!second || *second > 60) return std::nullopt;
    begin += *second;
    length = 1;
    if (sign("."))
      while (!text.empty() && text[0] >= '0' && text[0] <= '9') text.remove_prefix(1);
  }
  if (!text.empty() && !sign("Zz")) {
    const bool east = text[0] == '+';
    const auto hours = sign("+-") ? number(2) : std::nullopt;
    if (!hours) return std::nullopt;
    sign(":");
    const auto minutes = text.empty() ? std::optional(0) : number(2);
    if (!minutes) return std::nullopt;
    begin -= (east ? 1 : -1) * (*hours * 3600 + *minutes * 60);
  }
  if (!text.empty()) return std::nullopt;
  return Span{begin, begin + length};
}

}  // namespace

bool is_bound(std::string_view text) { return number_of(text) || span_of(text); }

bool Filter::holds(const Node& comparison, std::string_view value) {
  const std::string& bound = comparison.values.front();
  const bool or_equal = comparison.relation.size() == 2, less = comparison.relation.front() == '<';
  // 2026 is a number before it is a year: so it is for prices, and no value of another kind than a date is one.
  if (const auto limit = number_of(bound)) {
    if (const auto number = number_of(value))
      return less ? (or_equal ? *number <= *limit : *number < *limit)
                  : (or_equal ? *number >= *limit : *number > *limit);
  }
  const auto limit = span_of(bound), span = span_of(value);
  if (!limit || !span) return false;
  if (less) return span->begin < (or_equal ? limit->end : limit->begin);
  return span->begin >= (or_equal ? limit->begin : limit->end);
}

}  // namespace ootd
